public import PackagingStandards

/// The bytes of a file on the local disk, hashed while they came in, not yet checked nor durable.
///
/// The file is removed from the spool once nothing holds the value.
public final class SpooledFile: Sendable {
    /// Where the bytes are.
    public let path: String
    /// Bytes.
    public let size: Int64
    public let digests: FileDigests
    private let discard: @Sendable () -> Void

    /// Makes the value for a file that is complete at `path`; `discard` removes the file, if it is still there, and is
    /// called once, when nothing holds the value.
    public init(path: String, size: Int64, digests: FileDigests, discard: @escaping @Sendable () -> Void) {
        self.path = path
        self.size = size
        self.digests = digests
        self.discard = discard
    }

    deinit {
        discard()
    }
}
