extension Texts {
    /// What the pages for signing in say.
    static let signIn: [String: Text] = [
        "login.title": Text(en: "Sign in to Cellar", ja: "Cellar にサインイン"),
        "login.wrong": Text(
            en: "The user name or the password is wrong.", ja: "ユーザー名またはパスワードが正しくありません。"),
        "login.old": Text(
            en: "The form was too old, or your browser sends no cookies. Send it once more.",
            ja: "フォームの有効期限が切れているか、ブラウザーが Cookie を送信していません。もう一度送信してください。"),
        "login.with": Text(en: "Sign in with {{provider}}", ja: "{{provider}} でサインイン"),
        "login.forgotten": Text(
            en: "If you do not know your password any more, ask an administrator for a link to set a new one.",
            ja: "パスワードを忘れた場合は、再設定用のリンクを管理者に依頼してください。"),
        "login.register": Text(
            en: "No account yet? <a href=\"{{home}}account/register\">Ask for one</a>.",
            ja: "アカウントをお持ちでない場合は、<a href=\"{{home}}account/register\">申請してください</a>。"),
    ]

    /// What the page of the own account says.
    static let account: [String: Text] = [
        "account.title": Text(en: "Your account at Cellar", ja: "Cellar のアカウント"),
        "account.heading": Text(en: "Your account", ja: "アカウント"),
        "account.welcome": Text(en: "Welcome. This is your account.", ja: "ようこそ。こちらがあなたのアカウントです。"),
        "account.role": Text(en: "Role", ja: "役割"),
        "account.role.administrator": Text(en: "administrator", ja: "管理者"),
        "account.role.user": Text(en: "user", ja: "ユーザー"),
        "account.groups": Text(en: "Groups", ja: "グループ"),
        "account.groups.none": Text(en: "none", ja: "なし"),
        "account.failed": Text(
            en: "Nothing was changed. See what is wrong below.", ja: "変更されませんでした。下記の問題をご確認ください。"),
        "account.present": Text(en: "Present password", ja: "現在のパスワード"),
        "account.present.problem": Text(
            en: "This is not your present password.", ja: "現在のパスワードが正しくありません。"),
        "account.password": Text(en: "Change your password", ja: "パスワードの変更"),
        "account.password.hint": Text(
            en: "All your other sessions end; tokens stay.", ja: "ほかのセッションはすべて終了します。トークンはそのまま残ります。"),
        "account.password.button": Text(en: "Change the password", ja: "パスワードを変更"),
        "account.password.changed": Text(
            en: "Your password is changed. You are signed in here alone.",
            ja: "パスワードを変更しました。このブラウザーだけがサインインしています。"),
        "account.password.declared": Text(
            en: "The server's configuration declares your account: whoever looks after it sets your password there.",
            ja: "このアカウントはサーバーの設定ファイルで宣言されています。パスワードはサーバーの担当者が設定します。"),
        "account.password.elsewhere": Text(
            en: "You have no password here: you sign in with an account elsewhere.",
            ja: "ここにはパスワードがありません。外部のアカウントでサインインしています。"),
        "account.sessions": Text(en: "Sessions", ja: "セッション"),
        "account.signOut.everywhere": Text(en: "Sign out everywhere", ja: "すべての場所でサインアウト"),
        "account.signOut.hint": Text(
            en: "Everywhere means all browsers, and what <code>cellar login</code> keeps.",
            ja: "すべてのブラウザーと、<code>cellar login</code> が保存しているものが対象です。"),
    ]

    /// What the pages of one-time links, and the one on which strangers ask for an account, say.
    static let links: [String: Text] = [
        "links.join": Text(en: "Join Cellar", ja: "Cellar に参加"),
        "links.join.lead": Text(
            en: "{{maker}} invites you. Choose a name and a password.",
            ja: "{{maker}} さんからの招待です。名前とパスワードを決めてください。"),
        "links.join.lead.named": Text(
            en: "{{maker}} invites you. Choose a password.",
            ja: "{{maker}} さんからの招待です。パスワードを決めてください。"),
        "links.join.button": Text(en: "Make the account", ja: "アカウントを作成"),
        "links.name.taken": Text(
            en: "There is a user of this name already.", ja: "この名前のユーザーはすでに存在します。"),
        "links.reset": Text(en: "Set a new password", ja: "新しいパスワードの設定"),
        "links.reset.lead": Text(
            en: "Choose a new password. All your sessions end; tokens stay.",
            ja: "新しいパスワードを決めてください。セッションはすべて終了し、トークンはそのまま残ります。"),
        "links.reset.button": Text(en: "Set the password", ja: "パスワードを設定"),
        "links.closed": Text(en: "This link does not work", ja: "このリンクは使えません"),
        "links.closed.reason": Text(
            en: "It has been used, has expired or was taken back. Ask an administrator for another one.",
            ja: "使用済み、期限切れ、または取り消されています。新しいリンクを管理者に依頼してください。"),
        "register.title": Text(en: "Ask for an account at Cellar", ja: "Cellar のアカウント申請"),
        "register.heading": Text(en: "Ask for an account", ja: "アカウントの申請"),
        "register.lead": Text(
            en: "An administrator decides. Choose the name and the password that you will sign in with.",
            ja: "管理者が承認します。サインインに使う名前とパスワードを決めてください。"),
        "register.failed": Text(
            en: "Nothing was sent. See what is wrong below.", ja: "送信されませんでした。下記の問題をご確認ください。"),
        "register.note": Text(en: "Who are you?", ja: "あなたについて"),
        "register.note.hint": Text(
            en: "So that the administrator knows you: your name and team.",
            ja: "管理者が確認できるよう、氏名と所属を書いてください。"),
        "register.button": Text(en: "Ask for the account", ja: "申請する"),
        "register.signIn": Text(
            en: "<a href=\"{{home}}login\">Sign in</a> if you have an account.",
            ja: "アカウントをお持ちの場合は<a href=\"{{home}}login\">サインイン</a>してください。"),
        "register.waiting": Text(en: "Your request is waiting", ja: "申請を受け付けました"),
        "register.waiting.reason": Text(
            en: "An administrator looks at it. Once it is approved, you can sign in with your name and password.",
            ja: "管理者が確認します。承認されると、名前とパスワードでサインインできます。"),
    ]

    /// What the pages of the setup link say.
    static let setup: [String: Text] = [
        "setup.title": Text(en: "Set up Cellar", ja: "Cellar の初期設定"),
        "setup.lead": Text(
            en: "There is no administrator yet. Choose a name and a password for the first one.",
            ja: "まだ管理者がいません。最初の管理者の名前とパスワードを決めてください。"),
        "setup.button": Text(en: "Create the administrator", ja: "管理者を作成"),
        "setup.done": Text(en: "Cellar is ready", ja: "Cellar の準備ができました"),
        "setup.done.lead": Text(
            en: "{{name}} is the administrator now, and this link has done its work.",
            ja: "{{name}} が管理者になりました。このリンクは役目を終えました。"),
        "setup.next": Text(en: "What to do next", ja: "次にすること"),
        "setup.next.publish": Text(
            en: "Publish a first project with this name and password:",
            ja: "この名前とパスワードで最初のプロジェクトを公開します："),
        "setup.next.people": Text(
            en: "Add the people who work with you, on the server:", ja: "サーバー上で、一緒に働く人を追加します："),
        "setup.next.clients": Text(
            en: "How to point pip, uv, Poetry, PDM and twine here", ja: "pip、uv、Poetry、PDM、twine の設定方法"),
        "setup.unknown": Text(en: "This is not the setup link", ja: "これは初期設定のリンクではありません"),
        "setup.unknown.reason": Text(
            en: "Use the link that the server printed when it last started: each start makes a new one.",
            ja: "サーバーが最後に起動したときに表示したリンクを使ってください。起動のたびに新しいリンクが作られます。"),
        "setup.used": Text(en: "Cellar is set up already", ja: "Cellar はすでに設定されています"),
        "setup.used.reason": Text(
            en: "There is an administrator, so this link does nothing any more.",
            ja: "管理者がいるため、このリンクはもう使えません。"),
    ]
}
