import Glibc
import Synchronization

/// A folder whose SQLite files lose, at a power cut, all that was written and not synced.
///
/// Every connection of this process that opens a database below the folder, after the disk was made, goes through it:
/// it registers itself as SQLite's default VFS, which passes everything on and remembers the writes since each file's
/// last sync. Syncs don't reach the real disk, so tests are quick.
///
///     let disk = try PowerCutDisk(folder: folder)
///     …                   // open, publish
///     disk.cut()          // from here on everything fails
///     await database.close()
///     try disk.restore()  // the files are as the last syncs left them
public final class PowerCutDisk: Sendable {
    private struct State {
        var isOff = false
        var files: [String: UnsyncedWrites] = [:]
    }

    private static let disks = Mutex<[String: PowerCutDisk]>([:])

    let folder: String
    private let state = Mutex(State())

    /// Watches over a folder, which exists.
    public init(folder: String) throws {
        guard PowerCutVFS.isRegistered else { throw PowerCutError(message: "SQLite took no VFS") }
        self.folder = folder.hasSuffix("/") ? folder : folder + "/"
        let known = self
        Self.disks.withLock { $0[known.folder] = known }
    }

    /// Stops watching; what was not synced stays.
    public func remove() {
        _ = Self.disks.withLock { $0.removeValue(forKey: folder) }
    }

    /// Cuts the power: from now on every access fails.
    public func cut() {
        state.withLock { $0.isOff = true }
    }

    /// Turns the power on again, once every connection from before is closed.
    ///
    /// - Parameter survives: Which of a file's writes since its last sync had reached the disk all the same, by their
    ///   number: a disk may write in any order.
    /// - Throws: `PowerCutError` if a file cannot be put back.
    public func restore(survives: (Int) -> Bool = { _ in false }) throws {
        let files = state.withLock { state in
            defer { state.files = [:] }
            return state.files
        }
        for (path, writes) in files {
            try writes.undo(in: path, survives: survives)
            // What all connections share is rebuilt from the log, as after a restart.
            if path.hasSuffix("-wal") { unlink(path.dropLast(4) + "-shm") }
        }
        state.withLock { $0.isOff = false }
    }

    var isOff: Bool { state.withLock { $0.isOff } }

    /// Returns the disk that a path lies on, or nil for every other file of the machine.
    static func disk(of path: String) -> PowerCutDisk? {
        disks.withLock { disks in disks.first { path.hasPrefix($0.key) }?.value }
    }

    func wrote(_ write: UnsyncedWrites.Write, to path: String) {
        state.withLock { $0.files[path, default: UnsyncedWrites()].writes.append(write) }
    }

    func synced(_ path: String) {
        state.withLock { $0.files[path] = nil }
    }
}

/// Why a power cut could not be played.
struct PowerCutError: Error {
    let message: String
}

/// What was written to a file since its last sync.
struct UnsyncedWrites: Sendable {
    struct Write: Sendable {
        let offset: Int64
        /// The bytes that stood there, fewer if the file ended.
        let old: [UInt8]
        /// The file's size before.
        let oldSize: Int64
        /// The new bytes; nil if the file was cut at the offset.
        let new: [UInt8]?
    }

    var writes: [Write] = []

    func undo(in path: String, survives: (Int) -> Bool) throws {
        let file = open(path, O_RDWR)
        guard file >= 0 else {
            // It was deleted since, and with it everything in it.
            guard errno == ENOENT else { throw PowerCutError(message: "cannot open \(path)") }
            return
        }
        defer { close(file) }
        for write in writes.reversed() {
            try put(write.old, at: write.offset, in: file)
            ftruncate(file, off_t(write.oldSize))
        }
        for (number, write) in writes.enumerated() where survives(number) {
            if let new = write.new {
                try put(new, at: write.offset, in: file)
            } else {
                ftruncate(file, off_t(write.offset))
            }
        }
    }

    private func put(_ bytes: [UInt8], at offset: Int64, in file: CInt) throws {
        let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
        guard written == bytes.count else { throw PowerCutError(message: "cannot write \(bytes.count) bytes") }
    }
}
