/// What a page says of one file, before it is checked.
struct SimpleFileFields {
    var filename: String
    /// With or without a fragment.
    var url: RawText
    var sha256: RawText?
    var otherDigests: [(algorithm: RawText, hex: RawText)] = []
    var requiresPython: RawText?
    var size: Int64?
    var uploadTime: RawText?
    var yanked = SimpleFile.Yanked.no
    var coreMetadata = Metadata.none
    var provenance: RawText?

    enum Metadata {
        case none
        case unhashed
        case sha256(RawText)
    }
}

extension SimpleFileFields.Metadata {
    /// Reads what the attribute of PEP 658 and 714 says: `true`, or a digest as `sha256=…`.
    init(attribute: RawText) {
        let prefix: StaticString = "sha256="
        if attribute.escapes == .none, attribute.bytes.hasPrefix(prefix) {
            let hex = attribute.bytes[part: prefix.utf8CodeUnitCount..<attribute.bytes.count]
            self = .sha256(RawText(bytes: hex, escapes: .none))
        } else {
            self = attribute.isEqual(to: "false") ? .none : .unhashed
        }
    }
}
