/// The most bytes of a text that is copied from uploads and upstreams into rows, manifests and pages.
///
/// Readers of rows, manifests and pages rely on these bounds. An upload with a longer value is refused; from an
/// upstream, a longer value is left out.
public enum FieldBound {
    /// A value on one line, such as Summary or the reason of a yank.
    public static let line = 4096
    /// A set of version specifiers, such as Requires-Python.
    public static let requiresPython = 512
    /// A version as written.
    public static let version = 255
    /// All attestations of one file together; a real one has about 10,000 bytes.
    public static let attestations = 256 << 10

    /// Returns the text, or nil if it has more bytes than the bound.
    public static func within(_ bound: Int, _ text: String?) -> String? {
        guard let text, text.utf8.count <= bound else { return nil }
        return text
    }
}
