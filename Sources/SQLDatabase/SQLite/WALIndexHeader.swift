import Glibc
import Registry

/// The header of a SQLite file's WAL index, which every commit of every process changes.
///
/// The index is the file `…-shm` that all connections map, and begins with a header of 48 bytes: among them a counter of
/// transactions, the number of frames, salts and a checksum
/// (<https://www.sqlite.org/walformat.html#the_wal_index_header>). To compare the header with what it was costs a few
/// nanoseconds and no system call. The file stays the same one as long as any connection is open: unmap the header
/// before the last is closed.
final class WALIndexHeader: Sendable {
    private static let length = 48

    private let address: Int

    /// Maps the header, or returns nil if there is no WAL index beside the file (no connection has read or written yet).
    init?(ofDatabase path: String) {
        let descriptor = Glibc.open(path + "-shm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var status = stat()
        // To read behind the end of a mapped file ends the process.
        guard fstat(descriptor, &status) == 0, status.st_size >= Self.length else { return nil }
        let mapped = mmap(nil, Self.length, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        address = Int(bitPattern: mapped)
    }

    deinit { munmap(UnsafeMutableRawPointer(bitPattern: address), Self.length) }

    /// The header as it is now.
    ///
    /// Another process may be writing it: then this is neither the old nor the new one, and equal to neither.
    var mark: CommitMark? {
        guard let header = UnsafeRawPointer(bitPattern: address) else { return nil }
        var words = SIMD8<UInt64>()
        for position in 0..<Self.length / 8 {
            words[position] = header.load(fromByteOffset: position * 8, as: UInt64.self)
        }
        return CommitMark(words)
    }
}
