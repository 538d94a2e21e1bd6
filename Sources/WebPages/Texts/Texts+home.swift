extension Texts {
    /// What the page at `/` says.
    static let home: [String: Text] = [
        "home.title": Text(
            en: "Cellar, a private Python package index", ja: "Cellar — Python パッケージのプライベートインデックス"),
        "home.lead": Text(
            en: "A private index of Python packages. Point your installer here, and publish your own projects here.",
            ja: "Python パッケージのプライベートインデックスです。インストーラーの参照先にし、自分のプロジェクトを公開できます。"),
        "home.indexes": Text(en: "Indexes", ja: "インデックス"),
        "home.hidden": Text(
            en:
                "Some indexes are not shown to everybody. Use the name and the account that your administrator gave you.",
            ja: "一部のインデックスは表示されていません。管理者から伝えられた名前とアカウントを使ってください。"),
        "home.signIn": Text(
            en: "<a href=\"login\">Sign in</a> to see those that are yours.",
            ja: "<a href=\"login\">サインイン</a>すると、閲覧できるものが表示されます。"),
        "home.several": Text(
            en: "The examples below use <code>{{example}}</code>; put another index's name in its place.",
            ja: "以下の例では <code>{{example}}</code> を使います。ほかのインデックスの名前に置き換えられます。"),
        "home.install": Text(en: "Install", ja: "インストール"),
        "home.upstreams": Text(
            en: "This index has what its upstreams have, too: make it the only index of each client.",
            ja: "このインデックスは上流のものも提供します。各クライアントの唯一のインデックスにしてください。"),
        "home.place": Text(en: "In <code>{{.}}</code>:", ja: "<code>{{.}}</code> に記述："),
        "home.publish": Text(en: "Publish", ja: "公開"),
        "home.account": Text(en: "Your account", ja: "アカウント"),
        "home.netrc": Text(
            en: "Clients ask for your user name and password, or take them from <code>~/.netrc</code>:",
            ja: "クライアントはユーザー名とパスワードを尋ねるか、<code>~/.netrc</code> から読み取ります："),
    ]
}
