public import PackagingStandards

/// The bytes of a received file, hashed while they came in, not yet checked nor durable.
///
/// They can be read by offset as often as needed, by any number of threads at once; reading blocks. The file is removed
/// from the spool once nothing holds the value.
public final class SpooledFile: RandomAccessBytes, Sendable {
    public let size: Int64
    public let digests: FileDigests
    /// Where the bytes lie on this machine, for those who can link to them instead of reading; nil if elsewhere.
    ///
    /// The file at this path has all of the bytes, does not change, and is there as long as something holds this value.
    public let localPath: String?
    private let reader: any RandomAccessBytes & Sendable
    private let discard: @Sendable () -> Void

    /// Makes the value for a file that is complete.
    ///
    /// - Parameters:
    ///   - reader: Reads the bytes, which do not change.
    ///   - digests: The digests of all of the bytes.
    ///   - localPath: Where the bytes lie on this machine; nil if they lie elsewhere.
    ///   - discard: Removes the file, if it is still there; called once, when nothing holds the value.
    public init(
        reader: any RandomAccessBytes & Sendable, digests: FileDigests, localPath: String? = nil,
        discard: @escaping @Sendable () -> Void = {}
    ) {
        self.reader = reader
        size = reader.size
        self.digests = digests
        self.localPath = localPath
        self.discard = discard
    }

    deinit {
        discard()
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try reader.read(at: offset, into: buffer)
    }
}
