extension Texts {
    /// What the page of a search says.
    static let search: [String: Text] = [
        "search.title": Text(en: "All projects", ja: "すべてのプロジェクト"),
        "search.title.text": Text(en: "Search for {{text}}", ja: "「{{text}}」の検索結果"),
        "search.filter": Text(en: "Filter the projects", ja: "プロジェクトの絞り込み"),
        "search.index": Text(en: "Index", ja: "インデックス"),
        "search.kind": Text(en: "Kind", ja: "種類"),
        "search.any": Text(en: "any", ja: "すべて"),
        "search.kind.cached": Text(en: "cached", ja: "キャッシュ"),
        "search.none": Text(
            en: "Nothing is found that you may read.", ja: "閲覧できる範囲では見つかりませんでした。"),
        "search.one": Text(en: "1 project", ja: "1 件"),
        "search.count": Text(en: "{{count}} projects", ja: "{{count}} 件"),
        "search.many": Text(en: "More than {{count}} projects: the best of them", ja: "{{count}} 件以上（上位のみ表示）"),
        "search.reserved": Text(
            en: "The pattern {{pattern}} of the index {{index}} reserves this name: no upstream is asked for it.",
            ja: "インデックス {{index}} のパターン {{pattern}} がこの名前を予約しています。上流には問い合わせません。"),
        "search.pages": Text(en: "Pages", ja: "ページ"),
        "search.page": Text(en: "Page {{page}} of {{pages}}", ja: "{{pages}} ページ中 {{page}} ページ"),
        "search.previous": Text(en: "Previous", ja: "前へ"),
        "search.next": Text(en: "Next", ja: "次へ"),
    ]
}
