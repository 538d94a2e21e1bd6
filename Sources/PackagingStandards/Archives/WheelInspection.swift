/// What a wheel that passed all checks says of itself.
public struct WheelInspection: Sendable, Hashable {
    /// The METADATA file, byte for byte.
    public let metadata: [UInt8]
    /// The WHEEL file, byte for byte.
    public let wheelFile: [UInt8]
    /// The name of the `.dist-info` folder, without `.dist-info`: `{name}-{version}`.
    public let distInfoName: String
    /// Files, folders not counted.
    public let fileCount: Int
    /// All files together, once unpacked, in bytes.
    public let uncompressedSize: Int64
}
