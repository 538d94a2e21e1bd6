/// What a source distribution that passed all checks says of itself.
public struct SourceDistributionInspection: Sendable, Hashable {
    /// The top-level folder's PKG-INFO, byte for byte.
    public let metadata: [UInt8]
    /// The one top-level folder's name; `{name}-{version}` in all that current tools build.
    public let topFolder: String
    /// Files, folders not counted.
    public let fileCount: Int
    /// All files together, once unpacked, in bytes.
    public let uncompressedSize: Int64
}
