extension Texts {
    /// What error pages say.
    static let failures: [String: Text] = [
        "failure.said": Text(en: "What the server says:", ja: "サーバーからのメッセージ："),
        "failure.signIn": Text(en: "Sign in", ja: "サインイン"),
        "failure.invalid": Text(en: "This cannot be understood", ja: "リクエストを理解できません"),
        "failure.invalid.help": Text(
            en: "Check the address, or go back, load the page again and send it once more.",
            ja: "アドレスを確認するか、前のページに戻って再読み込みし、もう一度送信してください。"),
        "failure.notAcceptable": Text(en: "There is no such form of this page", ja: "この形式のページはありません"),
        "failure.tooLarge": Text(en: "This is too large", ja: "サイズが大きすぎます"),
        "failure.tooLarge.help": Text(
            en: "Send something smaller, or ask an administrator to raise the limit.",
            ja: "より小さいものを送信するか、管理者に上限の引き上げを依頼してください。"),
        "failure.authentication": Text(en: "You need to sign in", ja: "サインインが必要です"),
        "failure.authentication.help": Text(
            en: "This page is for people who are known here. Sign in to see whether you may read it.",
            ja: "このページはアカウントをお持ちの方のみが閲覧できます。サインインしてください。"),
        "failure.credentials": Text(en: "These credentials are wrong", ja: "認証情報が正しくありません"),
        "failure.attempts": Text(en: "Too many attempts", ja: "試行回数が多すぎます"),
        "failure.attempts.help": Text(en: "Wait a while, and try again.", ja: "しばらく待ってから、もう一度お試しください。"),
        "failure.forbidden": Text(en: "You may not do this", ja: "この操作は許可されていません"),
        "failure.forbidden.help": Text(
            en: "If you need to, ask an administrator of this server for the right.",
            ja: "必要な場合は、このサーバーの管理者に権限を依頼してください。"),
        "failure.notFound": Text(en: "There is nothing here", ja: "ページが見つかりません"),
        "failure.notFound.help": Text(
            en: "Check the address, or search for the project. What you may not read is not shown, either.",
            ja: "アドレスを確認するか、プロジェクトを検索してください。閲覧権限のないものも表示されません。"),
        "failure.gone": Text(en: "This is not there any more", ja: "すでに存在しません"),
        "failure.gone.help": Text(en: "Ask whoever gave you the address.", ja: "アドレスを教えてくれた人に確認してください。"),
        "failure.exists": Text(en: "This exists already", ja: "すでに存在します"),
        "failure.conflict": Text(en: "This is not possible now", ja: "現在この操作はできません"),
        "failure.conflict.help": Text(
            en: "Something else stands against it: see what the server says.",
            ja: "ほかの状態と矛盾しています。サーバーからのメッセージをご覧ください。"),
        "failure.blocked": Text(en: "This file is held back", ja: "このファイルは提供されていません"),
        "failure.blocked.help": Text(
            en: "A policy or a quarantine holds it back. The project's page says why.",
            ja: "ポリシーまたは隔離によって提供が止められています。理由はプロジェクトのページに表示されます。"),
        "failure.unavailable": Text(en: "This does not work now", ja: "現在ご利用いただけません"),
        "failure.unavailable.help": Text(
            en: "The server, or an index from which it fetches, lacks something for a while. Try again in a minute.",
            ja: "サーバーまたは取得元のインデックスが一時的に応答できません。少し待ってからもう一度お試しください。"),
        "failure.storage": Text(en: "There is no room left", ja: "空き容量がありません"),
        "failure.storage.help": Text(
            en: "Tell an administrator of this server.", ja: "このサーバーの管理者に連絡してください。"),
        "failure.timeout": Text(en: "This took too long", ja: "時間がかかりすぎました"),
        "failure.timeout.help": Text(en: "Send it once more.", ja: "もう一度送信してください。"),
        "failure.internal": Text(en: "Something went wrong", ja: "問題が発生しました"),
        "failure.internal.help": Text(
            en: "It is not your fault. Try again, and tell an administrator if it stays: the server's log says more.",
            ja: "お客様の操作が原因ではありません。もう一度お試しのうえ、続く場合は管理者に連絡してください。詳細はサーバーのログにあります。"),
    ]
}
