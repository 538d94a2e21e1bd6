extension Texts {
    /// What several forms say.
    static let forms: [String: Text] = [
        "forms.name": Text(en: "User name", ja: "ユーザー名"),
        "forms.name.problem": Text(
            en:
                "Use letters from a to z, digits and the characters . _ @ + -, beginning with a letter or digit; at most 64.",
            ja: "英字 a〜z、数字、記号 . _ @ + - を使い、英字または数字で始めてください（64 文字以内）。"),
        "forms.password": Text(en: "Password", ja: "パスワード"),
        "forms.password.new": Text(en: "New password", ja: "新しいパスワード"),
        "forms.password.hint": Text(
            en: "At least 8 characters; several words are good.", ja: "8 文字以上。複数の単語を組み合わせるとよいでしょう。"),
        "forms.repeated": Text(en: "The same password again", ja: "パスワード（確認）"),
        "forms.repeated.problem": Text(en: "The two passwords are not the same.", ja: "2 つのパスワードが一致しません。"),
        "forms.failed": Text(
            en: "Nothing was saved. See what is wrong below.", ja: "保存されませんでした。下記の問題をご確認ください。"),
    ]
}
