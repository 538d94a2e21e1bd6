public import LocalFiles
public import NIOCore

/// A file that storage has opened: its bytes is available even when it is removed meanwhile.
public struct StoredFile: Sendable {
    /// How the bytes are reached.
    public enum Contents: Sendable {
        /// An open file of this machine.
        case descriptor(OpenFile)
        /// A stream of a range, from another machine.
        case stream(@Sendable (Range<Int64>) async throws -> AsyncThrowingStream<ByteBuffer, any Error>)
    }

    /// Bytes.
    public let size: Int64
    public let contents: Contents

    public init(size: Int64, contents: Contents) {
        self.size = size
        self.contents = contents
    }
}
