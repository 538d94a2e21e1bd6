extension Texts {
    /// What stands around every page.
    static let layout: [String: Text] = [
        "layout.skip": Text(en: "Skip to the content", ja: "本文へ移動"),
        "layout.search.label": Text(en: "Search for projects", ja: "プロジェクトを検索"),
        "layout.search.hint": Text(en: "Search projects", ja: "プロジェクトを検索"),
        "layout.search.button": Text(en: "Search", ja: "検索"),
        "layout.menu": Text(en: "Menu", ja: "メニュー"),
        "layout.publish": Text(en: "Publish", ja: "公開"),
        "layout.display": Text(en: "Display", ja: "表示"),
        "layout.language": Text(en: "Language", ja: "言語"),
        "layout.theme": Text(en: "Colours", ja: "配色"),
        "layout.theme.system": Text(en: "As the system", ja: "システムに合わせる"),
        "layout.theme.light": Text(en: "Light", ja: "ライト"),
        "layout.theme.dark": Text(en: "Dark", ja: "ダーク"),
        "layout.signIn": Text(en: "Sign in", ja: "サインイン"),
        "layout.tokens": Text(en: "Your tokens", ja: "トークン"),
        "layout.administration": Text(en: "Administration", ja: "管理"),
        "layout.signOut": Text(en: "Sign out", ja: "サインアウト"),
        "layout.signedInAs": Text(
            en: "Signed in as <a href=\"{{home}}account\">{{user}}</a>",
            ja: "<a href=\"{{home}}account\">{{user}}</a> としてサインイン中"),
        "layout.signedInBy": Text(en: "Signed in as {{.}}.", ja: "{{.}} としてサインイン中"),
        "layout.footer": Text(
            en: "Cellar, a private index of Python packages.", ja: "Cellar — Python パッケージのプライベートインデックス"),
        "layout.copy": Text(en: "Copy", ja: "コピー"),
        "layout.copied": Text(en: "Copied", ja: "コピーしました"),
        "layout.front": Text(en: "To the front page", ja: "トップページへ"),
    ]
}
