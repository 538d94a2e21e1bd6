import Glibc
import Registry

/// The header of a SQLite file's WAL index, which every commit of every process changes.
///
/// The index is the file `…-shm` that all connections map, and begins with a header of 48 bytes: among them a counter of
/// transactions, the number of frames, salts and a checksum
/// (<https://www.sqlite.org/walformat.html#the_wal_index_header>). To compare the header with what it was costs a few
/// nanoseconds and no system call.
///
/// It is read where SQLite itself has mapped it. The file must not be opened: to close any descriptor of it gives up the
/// locks by which SQLite holds it (`fcntl(2)`), and another process may truncate it then. SQLite's mapping lasts as long
/// as the process has a connection: forget the header before the last one is closed.
struct WALIndexHeader: Sendable {
    private static let length = 48

    private let address: Int

    /// Finds the header, or returns nil if no connection of this process has mapped the index of a database.
    init?(ofDatabase path: String) {
        var status = stat()
        guard stat(path + "-shm", &status) == 0, status.st_size >= Self.length,
            let address = Self.mapping(ofInode: UInt64(status.st_ino))
        else { return nil }
        self.address = address
    }

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

    /// Returns where the beginning of a WAL index is mapped, by `/proc/self/maps` (proc(5)).
    private static func mapping(ofInode inode: UInt64) -> Int? {
        for line in maps().split(separator: "\n") where line.hasSuffix("-shm") {
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1].hasSuffix("s"), UInt64(fields[2], radix: 16) == 0,
                UInt64(fields[4]) == inode
            else { continue }
            return fields[0].split(separator: "-").first.flatMap { Int($0, radix: 16) }
        }
        return nil
    }

    private static func maps() -> String {
        let descriptor = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(descriptor, &block, block.count), count > 0 { text += block[..<count] }
        return String(decoding: text, as: UTF8.self)
    }
}
