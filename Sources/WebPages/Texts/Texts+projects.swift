extension Texts {
    /// What the page of a project says.
    static let projects: [String: Text] = [
        "project.title": Text(en: "{{name}} at Cellar", ja: "{{name}} — Cellar"),
        "project.sections": Text(en: "Sections", ja: "セクション"),
        "project.description": Text(en: "Description", ja: "説明"),
        "project.history": Text(en: "Release history", ja: "リリース履歴"),
        "project.history.none": Text(en: "There are no releases.", ja: "リリースはありません。"),
        "project.files": Text(en: "Download files", ja: "ファイル"),
        "project.security": Text(en: "Security", ja: "セキュリティ"),
        "project.install": Text(en: "Install with", ja: "インストール方法"),
        "project.old": Text(
            en: "This is not the release that is installed by default. "
                + "<a href=\"{{home}}{{projectPath}}\">See that one.</a>",
            ja: "これは既定でインストールされるリリースではありません。<a href=\"{{home}}{{projectPath}}\">既定のリリースを見る</a>"),
        "project.readme.none": Text(en: "The release has no description.", ja: "このリリースには説明がありません。"),
        "project.readme.cut": Text(
            en: "The description is long: its beginning shows as text.", ja: "説明が長いため、先頭部分のみをテキストで表示しています。"),
        "project.readme.reduced": Text(
            en: "The description is too large or too deeply nested: it shows as text.",
            ja: "説明が大きいか入れ子が深いため、テキストで表示しています。"),
        "project.readme.unreadable": Text(
            en: "The description is too large to be shown, or cannot be read.",
            ja: "説明は大きすぎるか、読み取れないため表示できません。"),
        "project.readme.unavailable": Text(
            en: "The description is at an upstream, which does not answer now or may not be asked for you.",
            ja: "説明は上流にありますが、現在応答がないか、あなたの権限では取得できません。"),
        "project.requirements": Text(en: "Requirements", ja: "依存関係"),
        "project.requirements.none": Text(en: "nothing more", ja: "追加なし"),
        "project.extra": Text(en: "With the extra <code>{{.}}</code>", ja: "追加機能 <code>{{.}}</code>"),
        "project.if": Text(en: "if {{.}}", ja: "条件：{{.}}"),
        "project.users": Text(en: "Who uses it here", ja: "ここで利用しているプロジェクト"),
        "project.users.none": Text(
            en: "No project that you may read requires it.", ja: "閲覧できる範囲では、これを必要とするプロジェクトはありません。"),
        "project.users.optional": Text(en: "optional", ja: "任意"),
        "project.kind.published": Text(en: "private", ja: "プライベート"),
        "project.kind.cached": Text(en: "cached from {{upstream}}", ja: "{{upstream}} からキャッシュ"),
        "project.kind.upstream": Text(en: "at {{upstream}}, not cached yet", ja: "{{upstream}} にあり（未キャッシュ）"),
        "project.kind.reserved": Text(en: "reserved", ja: "予約済み"),
        "project.status.archived": Text(en: "archived", ja: "アーカイブ済み"),
        "project.status.quarantined": Text(en: "quarantined", ja: "隔離中"),
        "project.status.deprecated": Text(en: "deprecated", ja: "非推奨"),
        "project.status.reason": Text(en: "{{status}}: {{reason}}", ja: "{{status}}：{{reason}}"),
        "project.prerelease": Text(en: "pre-release", ja: "プレリリース"),
        "project.yanked": Text(en: "yanked", ja: "取り下げ"),
        "project.yanked.reason": Text(en: "Yanked: {{reason}}", ja: "取り下げの理由：{{reason}}"),
        "project.held": Text(en: "held back", ja: "ポリシーにより非表示"),
        "project.held.reason": Text(en: "Held back: {{reason}}", ja: "非表示の理由：{{reason}}"),
        "project.locked": Text(en: "only for who has locked it", ja: "ロック済みの場合のみ取得可"),
        "project.count.one": Text(en: "1 file", ja: "1 ファイル"),
        "project.count": Text(en: "{{count}} files", ja: "{{count}} ファイル"),
        "facts.title": Text(en: "Facts", ja: "情報"),
        "facts.known": Text(en: "Known to the index", ja: "インデックスが把握"),
        "facts.known.hint": Text(en: "Recorded by this server.", ja: "このサーバーが記録した情報です。"),
        "facts.verified": Text(en: "Verified", ja: "検証済み"),
        "facts.verified.hint": Text(en: "Proved by a signature.", ja: "署名によって確認された情報です。"),
        "facts.claimed": Text(en: "Claimed", ja: "自己申告"),
        "facts.claimed.hint": Text(
            en: "The publisher says so; nobody has checked it.", ja: "公開者の申告であり、確認されていません。"),
        "facts.index": Text(en: "Index", ja: "インデックス"),
        "facts.publishedAt": Text(en: "Published", ja: "公開日"),
        "facts.publishedBy": Text(en: "By", ja: "公開者"),
        "facts.size": Text(en: "Size", ja: "サイズ"),
        "facts.releases": Text(en: "Releases", ja: "リリース数"),
        "facts.downloads": Text(en: "Downloads in 30 days", ja: "30 日間のダウンロード"),
        "facts.lastDownload": Text(en: "Last download", ja: "最後のダウンロード"),
        "facts.serial": Text(en: "Serial", ja: "シリアル"),
        "facts.publisher": Text(en: "Built by", ja: "ビルド元"),
        "facts.license": Text(en: "License", ja: "ライセンス"),
        "facts.author": Text(en: "Author", ja: "作者"),
        "facts.maintainer": Text(en: "Maintainer", ja: "メンテナー"),
        "facts.python": Text(en: "Requires Python", ja: "対応 Python"),
        "facts.keywords": Text(en: "Keywords", ja: "キーワード"),
        "facts.links": Text(en: "Project links", ja: "リンク"),
        "facts.classifiers": Text(en: "Classifiers", ja: "分類"),
        "facts.link.verified": Text(en: "verified", ja: "検証済み"),
        "facts.link.claimed": Text(en: "claimed", ja: "自己申告"),
        "facts.simple": Text(en: "The page that installers read", ja: "インストーラーが読むページ"),
        "files.filter": Text(en: "Filter the files", ja: "ファイルの絞り込み"),
        "files.filter.python": Text(en: "Interpreter", ja: "インタープリター"),
        "files.filter.abi": Text(en: "ABI", ja: "ABI"),
        "files.filter.platform": Text(en: "Platform", ja: "プラットフォーム"),
        "files.filter.any": Text(en: "any", ja: "すべて"),
        "files.filter.apply": Text(en: "Filter", ja: "絞り込む"),
        "files.filter.clear": Text(en: "Show all", ja: "すべて表示"),
        "files.shown": Text(en: "{{shown}} of {{count}} files", ja: "{{count}} ファイル中 {{shown}} 件"),
        "files.sdist": Text(en: "Source distribution, for every platform", ja: "ソース配布物（全プラットフォーム）"),
        "files.other": Text(en: "Older kind of distribution ({{type}})", ja: "旧形式の配布物（{{type}}）"),
        "files.join": Text(en: ", ", ja: "、"),
        "files.abi.stable": Text(en: "and later (stable ABI)", ja: "以降（安定 ABI）"),
        "files.abi.freeThreaded": Text(en: "free-threaded", ja: "フリースレッド版"),
        "files.platform.any": Text(en: "any platform", ja: "全プラットフォーム"),
        "files.hashes": Text(en: "Hashes", ja: "ハッシュ"),
        "files.hashes.none": Text(en: "No hashes are known.", ja: "ハッシュは不明です。"),
        "files.metadata": Text(en: "core metadata", ja: "コアメタデータ"),
        "files.by.person": Text(en: "uploaded by {{name}}", ja: "{{name}} がアップロード"),
        "files.by.token": Text(en: "uploaded by {{name}} with a token", ja: "{{name}} がトークンでアップロード"),
        "files.by.token.named": Text(
            en: "uploaded by {{name}} with the token {{token}}", ja: "{{name}} がトークン {{token}} でアップロード"),
        "files.by.publisher": Text(
            en: "uploaded by the trusted publisher {{name}}", ja: "信頼された公開元 {{name}} がアップロード"),
        "files.by.upstream": Text(en: "from {{upstream}}", ja: "{{upstream}} から"),
        "files.verified": Text(en: "signature verified", ja: "署名検証済み"),
        "files.verified.publisher": Text(
            en: "signature verified: {{publisher}}", ja: "署名検証済み：{{publisher}}"),
        "files.attested": Text(en: "signature claimed by the upstream", ja: "上流が署名ありと申告"),
        "files.unsigned": Text(en: "not signed", ja: "署名なし"),
        "security.provenance": Text(en: "Signatures", ja: "署名"),
        "security.provenance.none": Text(
            en: "No file of this release is signed.", ja: "このリリースに署名されたファイルはありません。"),
        "security.provenance.object": Text(en: "provenance", ja: "来歴情報"),
        "security.writers": Text(en: "Who may publish", ja: "公開できる人"),
        "security.owner": Text(en: "Owner", ja: "所有者"),
        "security.people": Text(en: "People and groups", ja: "ユーザーとグループ"),
        "security.publishers": Text(en: "Trusted publishers", ja: "信頼された公開元"),
        "downloads.count.one": Text(en: "1 download", ja: "1 ダウンロード"),
        "downloads.count": Text(en: "{{count}} downloads", ja: "{{count}} ダウンロード"),
        "downloads.none": Text(en: "No downloads in the last 30 days.", ja: "過去 30 日間のダウンロードはありません。"),
        "downloads.summary": Text(
            en: "{{count}} downloads in {{days}} days, at most {{most}} a day.",
            ja: "{{days}} 日間で {{count}} ダウンロード（1 日最大 {{most}}）。"),
        "downloads.versions": Text(en: "Downloads by version", ja: "バージョン別ダウンロード"),
        "why.title": Text(en: "Where it comes from, and what is hidden", ja: "入手元と非表示の理由"),
        "why.command": Text(en: "The same on the server's command line:", ja: "サーバーのコマンドラインでは："),
        "why.local": Text(
            en: "It is published in the index {{index}} of this server.", ja: "このサーバーのインデックス {{index}} で公開されています。"),
        "why.reserved": Text(
            en: "The name is reserved in the index {{index}} for this server's own projects.",
            ja: "この名前はインデックス {{index}} で自社プロジェクト用に予約されています。"),
        "why.upstream": Text(
            en: "The index {{index}} has it from {{upstream}}.", ja: "インデックス {{index}} は {{upstream}} から取得しています。"),
        "why.unknown": Text(
            en: "The index {{index}} has nothing of it itself.", ja: "インデックス {{index}} 自体には何もありません。"),
        "why.private.pattern": Text(
            en: "Its name is private by the pattern {{pattern}} of the index {{index}}: no upstream is asked for it.",
            ja: "インデックス {{index}} のパターン {{pattern}} により名前はプライベートです。上流には問い合わせません。"),
        "why.private.published": Text(
            en:
                "Its name is private because the index {{index}} has published or claimed it: no upstream is asked for it.",
            ja: "インデックス {{index}} が公開または確保しているため名前はプライベートです。上流には問い合わせません。"),
        "why.source.owner": Text(en: "{{source}} has the project.", ja: "{{source}} がこのプロジェクトを持っています。"),
        "why.source.asked": Text(en: "{{source}} is asked in its turn.", ja: "{{source}} に順番に問い合わせます。"),
        "why.source.askedUnlessPrivate": Text(
            en: "{{source}} is asked in its turn, unless the name is private in an index that you may not read.",
            ja: "閲覧できないインデックスで名前がプライベートでない限り、{{source}} に順番に問い合わせます。"),
        "why.source.notForPrivateNames": Text(
            en: "{{source}} is never asked for a private name.", ja: "{{source}} にプライベートな名前は問い合わせません。"),
        "why.source.ownedElsewhere": Text(
            en: "{{source}} is not asked, since the project is another's.",
            ja: "ほかの場所が持っているため、{{source}} には問い合わせません。"),
        "why.source.redirect": Text(en: "Clients are sent to {{source}}.", ja: "クライアントは {{source}} に転送されます。"),
        "why.source.behindRedirect": Text(
            en: "{{source}} is not asked, since clients are sent elsewhere.",
            ja: "クライアントは別の場所に転送されるため、{{source}} には問い合わせません。"),
        "why.source.mayNotUpdate": Text(
            en: "{{source}} is not asked for you: you may not have files fetched from it.",
            ja: "あなたにはファイルを取得させる権限がないため、{{source}} には問い合わせません。"),
        "why.source.fetched": Text(en: " Its page was read on {{moment}}.", ja: "ページの取得日時：{{moment}}。"),
        "why.mirrored": Text(
            en: "The upstream's files stand beside those that are published here.",
            ja: "上流のファイルが、ここで公開されたファイルと並んで表示されます。"),
        "why.nowhereElse": Text(en: "The index looks nowhere else.", ja: "このインデックスはほかを参照しません。"),
        "why.stale": Text(
            en: "The upstream does not answer: an old copy of its page is used.",
            ja: "上流が応答しないため、以前に取得したページを使っています。"),
        "why.incomplete": Text(
            en: "Not all is known now: an upstream does not answer.", ja: "上流が応答しないため、すべては把握できていません。"),
        "why.hidden": Text(
            en: "A policy holds back {{count}} of its files: the release history says why.",
            ja: "ポリシーにより {{count}} ファイルが非表示です。理由はリリース履歴にあります。"),
        "why.quarantined": Text(
            en: "It is quarantined: no file is listed or downloaded.", ja: "隔離中のため、ファイルは表示もダウンロードもされません。"),
        "why.denied": Text(en: "{{what}} is on the list of what is denied", ja: "{{what}} は拒否リストにあります"),
        "why.notAllowed": Text(en: "it is not on the list of what is allowed", ja: "許可リストにありません"),
        "why.notAllowed.instead": Text(
            en: "only {{what}} is on the list of what is allowed", ja: "許可リストにあるのは {{what}} のみです"),
        "why.notWheel": Text(en: "only wheels are let through", ja: "wheel のみが許可されています"),
        "why.tooLarge": Text(en: "it is larger than {{size}}", ja: "{{size}} を超えています"),
        "why.tooYoung": Text(en: "too young until {{moment}}", ja: "{{moment}} までは新しすぎます"),
        "why.tooYoung.unknown": Text(
            en: "too young: it is not known since when it exists", ja: "公開時期が不明なため、新しすぎると見なされます"),
        "why.tooLate": Text(en: "it was not uploaded before {{moment}}", ja: "{{moment}} より前にアップロードされていません"),
    ]
}
