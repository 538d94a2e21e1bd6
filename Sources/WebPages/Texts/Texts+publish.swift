extension Texts {
    /// What the page on which files are published says.
    static let publish: [String: Text] = [
        "publish.title": Text(en: "Publish files", ja: "ファイルの公開"),
        "publish.lead": Text(
            en:
                "Wheels and source distributions, as your build has made them. They are checked as an upload with twine is.",
            ja: "ビルドで作成された wheel とソース配布物をそのまま公開します。twine によるアップロードと同じ検査が行われます。"),
        "publish.nowhere": Text(
            en: "There is no index to which you may publish. Ask an administrator for the right.",
            ja: "公開できるインデックスがありません。管理者に権限を依頼してください。"),
        "publish.files": Text(en: "Files", ja: "ファイル"),
        "publish.hint": Text(
            en: "Choose one or more .whl, .tar.gz or .zip files, or drag them here.",
            ja: ".whl、.tar.gz、.zip ファイルを選択するか、ここにドラッグしてください（複数可）。"),
        "publish.button": Text(en: "Publish", ja: "公開する"),
        "publish.none": Text(en: "No file was chosen.", ja: "ファイルが選択されていません。"),
        "publish.done": Text(en: "published", ja: "公開しました"),
        "publish.already": Text(
            en: "was published before, with the same contents", ja: "同じ内容がすでに公開されています"),
        "publish.refused": Text(en: "refused", ja: "拒否されました"),
        "publish.waiting": Text(en: "being sent …", ja: "送信中…"),
        "publish.failed": Text(
            en: "It could not be sent. Load the page again, and try once more.",
            ja: "送信できませんでした。ページを再読み込みして、もう一度お試しください。"),
    ]
}
