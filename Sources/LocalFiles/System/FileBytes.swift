import Glibc
public import PackagingStandards

/// The bytes of an open file, for readers of archives; any number of threads may read at once.
public final class FileBytes: RandomAccessBytes, Sendable {
    public let size: Int64
    private let file: OpenFile

    /// Opens a file for reading. Blocks.
    ///
    /// - Throws: `ArchiveError` of kind `unreadable`.
    public init(path: String) throws(ArchiveError) {
        do {
            file = try SystemCalls.system.open(path, O_RDONLY)
            size = try FileStatus(of: file).size
        } catch {
            throw ArchiveError(unreadable: error)
        }
    }

    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try file.read(at: offset, into: buffer)
    }
}
