/// Names of people, so that `Alice` and `alice` are one.
enum UserFolding {
    /// A name in lowercase ASCII, which is all that names of people have.
    static func fold(_ name: String) -> String {
        String(decoding: name.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
    }
}
