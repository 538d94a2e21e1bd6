/// One entry of a ZIP archive's central directory, checked as far as the directory alone allows.
public struct ZipEntry: Sendable, Hashable {
    /// How the entry's bytes are kept; no other method is accepted.
    public enum Method: UInt16, Sendable, Hashable {
        case stored = 0
        case deflated = 8
    }

    /// The name in its normal form: relative, components joined by `/`, none empty, `.` or `..`, no `/` at the end.
    public var path: String { archivePath.text }
    /// A folder, which has no bytes.
    public var isDirectory: Bool { archivePath.isDirectory }
    public let method: Method
    /// Of the uncompressed bytes.
    public let crc32: UInt32
    public let compressedSize: Int64
    public let uncompressedSize: Int64
    /// From the local header to the next entry (or the directory); header, bytes and data descriptor fill it exactly.
    public internal(set) var extent: Range<Int64>

    let archivePath: ArchivePath
    /// The name as it is written, which the local header must repeat.
    let rawName: [UInt8]
    let flags: Flags

    /// The general purpose flags (APPNOTE 4.4.4).
    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: UInt16

        static let encrypted = Flags(rawValue: 1 << 0)
        static let deflateOptions = Flags(rawValue: 3 << 1)
        static let dataDescriptor = Flags(rawValue: 1 << 3)
        static let strongEncryption = Flags(rawValue: 1 << 6)
        static let utf8 = Flags(rawValue: 1 << 11)
        static let maskedHeaders = Flags(rawValue: 1 << 13)
        static let accepted: Flags = [.deflateOptions, .dataDescriptor, .utf8]
    }
}
