extension Texts {
    /// What owners do with a project.
    static let managing: [String: Text] = [
        "manage.title": Text(en: "Manage {{project}}", ja: "{{project}} の管理"),
        "manage.lead": Text(
            en: "In the index {{index}}; origin: {{origin}}; status: {{status}}.",
            ja: "インデックス：{{index}}、由来：{{origin}}、状態：{{status}}"),
        "manage.unknown": Text(
            en: "The index {{index}} has no files of this name, or you may not read them.",
            ja: "インデックス {{index}} にこの名前のファイルがないか、閲覧の権限がありません。"),
        "manage.menu": Text(en: "This project", ja: "このプロジェクト"),
        "manage.link": Text(en: "Manage this project", ja: "このプロジェクトを管理"),
        "manage.page": Text(en: "The project’s page", ja: "プロジェクトのページ"),
        "manage.may": Text(en: "What you may do here", ja: "ここで可能な操作"),
        "manage.mayNot": Text(
            en: "You need the right “{{right}}” for this: {{reason}}.", ja: "「{{right}}」の権限が必要です：{{reason}}。"),
        "manage.releases": Text(en: "Releases", ja: "リリース"),
        "manage.releases.none": Text(en: "There are no files.", ja: "ファイルはありません。"),
        "manage.releases.more": Text(
            en: "There are {{count}} releases; the last {{shown}} are listed.",
            ja: "全 {{count}} リリースのうち、新しい {{shown}} 件を表示しています。"),
        "manage.find": Text(en: "Open the release", ja: "リリースを開く"),
        "manage.version": Text(en: "Version", ja: "バージョン"),
        "manage.files": Text(en: "Files", ja: "ファイル"),
        "manage.size": Text(en: "Size", ja: "サイズ"),
        "manage.published": Text(en: "Published", ja: "公開日"),
        "manage.state": Text(en: "State", ja: "状態"),
        "manage.yanked": Text(en: "yanked", ja: "ヤンク済み"),
        "manage.partlyYanked": Text(en: "partly yanked", ja: "一部ヤンク済み"),
        "manage.cached": Text(en: "cached from {{name}}", ja: "{{name}} からキャッシュ"),
        "manage.status": Text(en: "Status", ja: "状態"),
        "manage.status.new": Text(en: "New status", ja: "新しい状態"),
        "manage.status.set": Text(en: "Set the status", ja: "状態を設定"),
        "manage.status.choose": Text(en: "Choose one of the statuses.", ja: "状態を選択してください。"),
        "manage.reason": Text(en: "Reason", ja: "理由"),
        "manage.reason.hint": Text(en: "One line, which clients and people see.", ja: "1 行で。クライアントと利用者に表示されます。"),
        "manage.reason.wrong": Text(en: "A reason is one line of 500 characters at most.", ja: "理由は 1 行、500 文字以内です。"),
        "status.active": Text(en: "active: files may be published and downloaded", ja: "active：公開とダウンロードが可能"),
        "status.archived": Text(
            en: "archived: no new files; the others may be downloaded", ja: "archived：新規公開は不可、ダウンロードは可能"),
        "status.quarantined": Text(en: "quarantined: neither published nor downloaded", ja: "quarantined：公開もダウンロードも不可"),
        "status.deprecated": Text(
            en: "deprecated: as active, but another project replaces it", ja: "deprecated：active と同じだが、後継プロジェクトがある"),
        "manage.grants": Text(en: "Grants", ja: "権限の付与"),
        "manage.grants.lists": Text(
            en:
                "The project has no grants of its own: the lists of the index count. Its first grant replaces them, whatever the right.",
            ja: "このプロジェクト独自の付与はなく、インデックスのリストが適用されます。最初の付与をすると、どの権限でもリストに優先します。"),
        "manage.grants.own": Text(
            en: "The project has grants of its own: only these count, and not the lists of the index.",
            ja: "このプロジェクトには独自の付与があり、インデックスのリストではなくこれだけが適用されます。"),
        "manage.grants.whyNot": Text(
            en: "Only those who administer the index, and the owner of the project, see and change this.",
            ja: "インデックスの管理者とプロジェクトの所有者だけが閲覧・変更できます。"),
        "grants.give": Text(en: "Give the right", ja: "権限を付与する"),
        "grants.principal": Text(en: "To whom", ja: "付与先"),
        "grants.principal.hint": Text(
            en: "everyone, authenticated, user:NAME, group:NAME or service:NAME",
            ja: "everyone、authenticated、user:名前、group:名前、service:名前"),
        "grants.noRight": Text(en: "Choose one of the rights.", ja: "権限を選択してください。"),
        "grants.noPrincipal": Text(
            en: "Write everyone, authenticated, user:NAME, group:NAME or service:NAME.",
            ja: "everyone、authenticated、user:名前、group:名前、service:名前のいずれかを入力してください。"),
        "grants.none": Text(en: "Nothing is given.", ja: "付与はありません。"),
        "grants.declared": Text(
            en: "The configuration declares it: change it there.", ja: "設定ファイルで定義されています。設定ファイルで変更してください。"),
        "grants.take": Text(en: "Take {{right}} from {{principal}}", ja: "{{principal}} の {{right}} を取り消す"),
        "grants.take.title": Text(en: "Take this right back?", ja: "この権限を取り消しますか？"),
        "grants.take.lead": Text(
            en: "Whoever has it by this grant alone may not do this any more from the next request on.",
            ja: "この付与だけで許可されていた人は、次のリクエストから操作できなくなります。"),
        "grants.take.button": Text(en: "Take it back", ja: "取り消す"),
        "grants.last": Text(
            en:
                "This is the last grant here: the lists of the index count again for the project, which may open it to more people.",
            ja: "最後の付与です。取り消すとインデックスのリストが再び適用され、より多くの人に開かれることがあります。"),
        "manage.publishers": Text(en: "Trusted publishers", ja: "信頼するパブリッシャー"),
        "publishers.lead": Text(
            en: "Jobs of a CI system that publish this project without a secret: the system says who they are.",
            ja: "CI のジョブが、秘密情報なしでこのプロジェクトを公開できます。ジョブの身元は CI が証明します。"),
        "publishers.none": Text(en: "No job is trusted.", ja: "信頼するジョブはありません。"),
        "publishers.noIssuer": Text(
            en: "The configuration names no issuer of identities: name one, and restart the server.",
            ja: "設定ファイルに発行者がありません。追加してサーバーを再起動してください。"),
        "publishers.job": Text(en: "Job", ja: "ジョブ"),
        "publishers.issuer": Text(en: "Issuer", ja: "発行者"),
        "publishers.may": Text(en: "May", ja: "権限"),
        "publishers.pending": Text(en: "makes the project", ja: "プロジェクトを作成予定"),
        "publishers.add": Text(en: "Trust a job of {{issuer}} ({{kind}})", ja: "{{issuer}}（{{kind}}）のジョブを信頼する"),
        "publishers.trust": Text(en: "Trust this job of {{issuer}}", ja: "{{issuer}} のジョブを信頼する"),
        "publishers.repository": Text(en: "Repository", ja: "リポジトリ"),
        "publishers.repository.hint": Text(en: "owner/name", ja: "所有者/名前"),
        "publishers.repository.path": Text(
            en: "the whole path, such as group/tools/widget", ja: "パス全体（例：group/tools/widget）"),
        "publishers.workflow": Text(en: "File of the workflow", ja: "ワークフローのファイル"),
        "publishers.environment": Text(en: "Environment", ja: "環境"),
        "publishers.environment.hint": Text(
            en: "Protect it there: else everybody who may push may publish.",
            ja: "CI 側で保護してください。さもないと、プッシュできる人は誰でも公開できます。"),
        "publishers.email": Text(en: "Service account", ja: "サービスアカウント"),
        "publishers.organization": Text(en: "Organization", ja: "組織"),
        "publishers.pipeline": Text(en: "Pipeline", ja: "パイプライン"),
        "publishers.claims": Text(en: "Other claims", ja: "その他のクレーム"),
        "publishers.claims.hint": Text(
            en: "name=value, with spaces between; * stands for any text.", ja: "名前=値 を空白で区切って入力します。* は任意の文字列です。"),
        "publishers.claims.wrong": Text(
            en: "Write each claim once, as name=value.", ja: "クレームは 名前=値 の形で、1 つずつ入力してください。"),
        "publishers.remove": Text(en: "Remove publisher {{number}}", ja: "パブリッシャー {{number}} を削除"),
        "publishers.remove.title": Text(en: "Trust this job no longer?", ja: "このジョブの信頼をやめますか？"),
        "publishers.remove.lead": Text(
            en: "Its jobs get no tokens any more, and those that they have end with the next request.",
            ja: "ジョブは新しいトークンを得られず、今あるトークンは次のリクエストから無効になります。"),
        "publishers.remove.button": Text(en: "Trust it no longer", ja: "信頼をやめる"),
        "manage.exceptions": Text(en: "Exceptions to the policy", ja: "ポリシーの例外"),
        "exceptions.lead": Text(
            en: "An exception lets files of this project through the policy of the index, except for what it denies.",
            ja: "例外は、このプロジェクトのファイルにインデックスのポリシーを通過させます。deny されたものは対象外です。"),
        "exceptions.none": Text(en: "There are no exceptions.", ja: "例外はありません。"),
        "exceptions.all": Text(en: "all", ja: "すべて"),
        "exceptions.version": Text(en: "Version", ja: "バージョン"),
        "exceptions.version.hint": Text(en: "Empty for all.", ja: "空欄ならすべて。"),
        "exceptions.version.wrong": Text(en: "This is not a version: see PEP 440.", ja: "バージョンとして正しくありません（PEP 440）。"),
        "exceptions.until": Text(en: "Until the end of", ja: "期限"),
        "exceptions.until.hint": Text(en: "A day in UTC; empty for no end.", ja: "UTC の日付。空欄なら無期限。"),
        "exceptions.until.wrong": Text(en: "Write the day as 2026-12-31.", ja: "日付は 2026-12-31 の形で入力してください。"),
        "exceptions.add": Text(en: "Add the exception", ja: "例外を追加"),
        "exceptions.remove": Text(en: "Remove exception {{number}}", ja: "例外 {{number}} を削除"),
        "exceptions.remove.title": Text(en: "Remove this exception?", ja: "この例外を削除しますか？"),
        "exceptions.remove.lead": Text(
            en: "What the policy holds back is hidden again at once.", ja: "ポリシーが止めるものは、すぐに再び非表示になります。"),
        "exceptions.remove.button": Text(en: "Remove the exception", ja: "例外を削除する"),
        "manage.name": Text(en: "The name", ja: "名前"),
        "manage.name.lead": Text(
            en:
                "A claimed name is this server’s own: no upstream is asked for it. A name without published files can be given back.",
            ja: "確保した名前はこのサーバーのものになり、アップストリームには問い合わせません。公開ファイルがなければ返却できます。"),
        "manage.claim": Text(en: "Claim the name", ja: "名前を確保する"),
        "manage.giveBack": Text(en: "Give the name back", ja: "名前を返却する"),
        "manage.deletion": Text(en: "Delete", ja: "削除"),
        "manage.deletion.lead": Text(
            en: "Yanking or archiving is nearly always what you want: they can be undone.",
            ja: "ほとんどの場合はヤンクやアーカイブで十分です。これらは元に戻せます。"),
        "manage.delete.project": Text(en: "Delete all files of the project", ja: "プロジェクトの全ファイルを削除"),
        "manage.done.status": Text(en: "The status is set.", ja: "状態を設定しました。"),
        "manage.done.granted": Text(en: "The right is given.", ja: "権限を付与しました。"),
        "manage.done.taken": Text(en: "The right is taken back.", ja: "権限を取り消しました。"),
        "manage.done.publisher": Text(en: "The job is trusted.", ja: "ジョブを信頼しました。"),
        "manage.done.unpublished": Text(en: "The job is trusted no longer.", ja: "ジョブの信頼をやめました。"),
        "manage.done.exception": Text(en: "The exception is added.", ja: "例外を追加しました。"),
        "manage.done.unexcepted": Text(en: "The exception is removed.", ja: "例外を削除しました。"),
        "manage.done.claimed": Text(en: "The name is this server’s own now.", ja: "名前を確保しました。"),
        "manage.done.released": Text(en: "The name is given back.", ja: "名前を返却しました。"),
        "manage.done.deleted": Text(en: "The files are deleted.", ja: "ファイルを削除しました。"),
        "file.lead": Text(en: "In the index {{index}}.", ja: "インデックス：{{index}}"),
        "file.name": Text(en: "File", ja: "ファイル"),
        "file.by": Text(en: "Published by", ja: "公開者"),
        "file.cached": Text(
            en: "This was cached from an upstream, which decides whether it is yanked.",
            ja: "アップストリームからキャッシュしたもので、ヤンクはアップストリームが決めます。"),
        "file.yank": Text(en: "Yank", ja: "ヤンク"),
        "file.unyank": Text(en: "Take the yank back", ja: "ヤンクを取り消す"),
        "file.yank.lead": Text(
            en:
                "Clients no longer choose what is yanked; those that have pinned it can still install it. It can be undone.",
            ja: "ヤンクすると新たに選ばれなくなりますが、固定している人は引き続きインストールできます。元に戻せます。"),
        "file.done.yanked": Text(en: "It is yanked.", ja: "ヤンクしました。"),
        "file.done.unyanked": Text(en: "It is not yanked any more.", ja: "ヤンクを取り消しました。"),
        "file.delete": Text(en: "Delete", ja: "削除"),
        "file.delete.lead": Text(
            en: "The name of a deleted file can never be used again. You see first what goes.",
            ja: "削除したファイルの名前は二度と使えません。先に対象を確認できます。"),
        "delete.file": Text(en: "Delete the file {{name}}?", ja: "ファイル {{name}} を削除しますか？"),
        "delete.release": Text(en: "Delete the release {{name}}?", ja: "リリース {{name}} を削除しますか？"),
        "delete.project": Text(en: "Delete all files of {{name}}?", ja: "{{name}} の全ファイルを削除しますか？"),
        "delete.lead": Text(
            en: "See what goes, and who uses it. Nothing has happened yet.", ja: "対象と利用者をご確認ください。まだ何も実行されていません。"),
        "delete.goes": Text(en: "What goes (files: {{count}})", ja: "削除されるもの（ファイル数：{{count}}）"),
        "delete.more": Text(en: "And {{count}} more.", ja: "ほか {{count}} 件。"),
        "delete.warning": Text(
            en:
                "This cannot be undone. The names of published files can never be used again, not even for the same bytes.",
            ja: "元に戻せません。公開したファイルの名前は、同じ内容であっても二度と使えません。"),
        "delete.button": Text(en: "Delete for ever", ja: "完全に削除する"),
        "uses.title": Text(en: "Who uses it here", ja: "ここでの利用者"),
        "uses.none": Text(en: "No project here that you may read requires it.", ja: "閲覧できるプロジェクトの中に、これを必要とするものはありません。"),
        "uses.more": Text(en: "{{count}} projects in all.", ja: "全 {{count}} プロジェクト。"),
        "claim.title": Text(en: "Claim the name {{name}}?", ja: "名前 {{name}} を確保しますか？"),
        "claim.lead": Text(
            en: "The index {{index}} can publish it then, and no index asks an upstream for it any more.",
            ja: "インデックス {{index}} で公開できるようになり、どのインデックスもアップストリームに問い合わせなくなります。"),
        "claim.goes": Text(en: "What goes", ja: "なくなるもの"),
        "claim.cached": Text(
            en: "{{count}} cached files ({{size}}) of this index, and those of other indexes.",
            ja: "このインデックスのキャッシュ {{count}} ファイル（{{size}}）と、他のインデックスのキャッシュ。"),
        "claim.warning": Text(
            en: "Whoever installs the upstream’s project of this name gets nothing until you publish.",
            ja: "この名前のアップストリームのプロジェクトを使う人は、公開されるまで何も得られません。"),
        "claim.button": Text(en: "Claim the name", ja: "名前を確保する"),
        "returning.title": Text(en: "Give the name {{name}} back?", ja: "名前 {{name}} を返却しますか？"),
        "returning.lead": Text(
            en: "The index {{index}} gives it back to the upstreams.", ja: "インデックス {{index}} がアップストリームに返却します。"),
        "returning.hasFiles": Text(
            en: "It still has {{count}} published files: delete them first.",
            ja: "公開ファイルが {{count}} 件残っています。先に削除してください。"),
        "returning.warning": Text(
            en: "Whoever has the name at an upstream is trusted for it again, unless another index here owns it.",
            ja: "ほかのインデックスが所有していない限り、アップストリームの同名プロジェクトが再び信頼されます。"),
        "returning.button": Text(en: "Give the name back", ja: "名前を返却する"),
    ]
}
