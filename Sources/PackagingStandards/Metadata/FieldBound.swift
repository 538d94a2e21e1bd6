/// How many bytes a text may have that is copied out of what somebody sent into rows, manifests and pages.
///
/// Whoever reads a row, a manifest or a page back relies on them. Uploads with longer values are refused; what comes from
/// upstreams goes without them.
public enum FieldBound {
    /// A value on one line, such as Summary, or a reason for a yank.
    public static let line = 4096
    /// A set of version specifiers, such as Requires-Python.
    public static let requiresPython = 512
    /// A version as it is written.
    public static let version = 255
    /// The attestations of one file together; real ones have about 10,000 bytes each.
    public static let attestations = 256 << 10

    /// The text, if it is within a bound.
    public static func within(_ bound: Int, _ text: String?) -> String? {
        guard let text, text.utf8.count <= bound else { return nil }
        return text
    }
}
