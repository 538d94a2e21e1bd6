extension Texts {
    /// What the page at `/` says.
    static let home: [String: Text] = [
        "home.title": Text(
            en: "Cellar, a private Python package index", ja: "Cellar — Python パッケージのプライベートインデックス"),
        "home.lead": Text(
            en: "A private index of Python packages. Find projects, point your installer here, and publish your own.",
            ja: "Python パッケージのプライベートインデックスです。プロジェクトを探し、インストーラーの参照先にし、自分のものを公開できます。"),
        "home.indexes": Text(en: "Indexes", ja: "インデックス"),
        "home.address": Text(en: "Address", ja: "アドレス"),
        "home.purpose": Text(en: "Projects that are published here.", ja: "ここで公開されたプロジェクト。"),
        "home.purpose.upstreams": Text(
            en: "Projects that are published here, and everything from {{upstreams}}.",
            ja: "ここで公開されたプロジェクトと、{{upstreams}} のすべて。"),
        "home.tag.public": Text(en: "everyone may read", ja: "誰でも閲覧可"),
        "home.tag.authenticated": Text(en: "for who is signed in", ja: "サインインした人のみ閲覧可"),
        "home.tag.restricted": Text(en: "for chosen people", ja: "許可された人のみ閲覧可"),
        "home.tag.anyoneUploads": Text(en: "anyone may upload", ja: "誰でもアップロード可"),
        "home.tag.nobodyUploads": Text(en: "nobody may upload", ja: "アップロード不可"),
        "home.tag.overwrite": Text(en: "files may be replaced", ja: "ファイルの差し替え可"),
        "home.tag.yours": Text(en: "you may upload", ja: "アップロードできます"),
        "home.hidden": Text(
            en:
                "Some indexes are not shown to everybody. Use the name and the account that your administrator gave you.",
            ja: "一部のインデックスは表示されていません。管理者から伝えられた名前とアカウントを使ってください。"),
        "home.signIn": Text(
            en: "<a href=\"{{home}}login\">Sign in</a> to see those that are yours.",
            ja: "<a href=\"{{home}}login\">サインイン</a>すると、閲覧できるものが表示されます。"),
        "home.setup": Text(en: "Set up your client", ja: "クライアントの設定"),
        "home.choose": Text(en: "Index of the examples", ja: "例に使うインデックス"),
        "home.install": Text(en: "Install", ja: "インストール"),
        "home.upstreams": Text(
            en: "This index has what its upstreams have, too: make it the only index of each client.",
            ja: "このインデックスは上流のものも提供します。各クライアントの唯一のインデックスにしてください。"),
        "home.place": Text(en: "In <code>{{.}}</code>:", ja: "<code>{{.}}</code> に記述："),
        "home.publish": Text(en: "Publish", ja: "公開"),
        "home.publish.browser": Text(en: "Publish files in the browser", ja: "ブラウザーからファイルを公開する"),
        "home.account": Text(en: "Your credentials", ja: "認証情報"),
        "home.netrc": Text(
            en: "Clients ask for your user name and password, or take them from <code>~/.netrc</code>:",
            ja: "クライアントはユーザー名とパスワードを尋ねるか、<code>~/.netrc</code> から読み取ります："),
        "home.token.why": Text(
            en:
                "Better than your password is a token: it is good for this index alone, for 90 days, and you can revoke it.",
            ja: "パスワードよりもトークンをおすすめします。このインデックスだけに 90 日間有効で、いつでも取り消せます。"),
        "home.token.make": Text(en: "Make a token", ja: "トークンを作成"),
        "home.token.made": Text(
            en: "This is your new token {{tokenName}}. It is shown this once: copy it now.",
            ja: "新しいトークン {{tokenName}} です。表示されるのは一度だけです。今コピーしてください。"),
        "home.token.netrc": Text(en: "In <code>~/.netrc</code>:", ja: "<code>~/.netrc</code> に記述："),
        "home.token.pypirc": Text(en: "In <code>~/.pypirc</code>:", ja: "<code>~/.pypirc</code> に記述："),
        "home.newest": Text(en: "Newest releases", ja: "新着リリース"),
        "home.newest.none": Text(en: "Nothing is published yet.", ja: "まだ何も公開されていません。"),
    ]
}
