import Glibc

/// A folder of one process, inside a folder that several processes may share.
///
/// The process holds a lock next to the folder as long as it lives. The next process that makes such a folder removes
/// those whose lock nobody holds: what a dead process left is removed, what a living one uses stays.
///
///     <shared>/<name>/        the folder
///     <shared>/<name>.lock    locked by flock(2) while the folder is in use
package final class ProcessFolder: Sendable {
    /// The folder's name in the shared folder.
    package let name: String
    private let shared: OpenFile
    private let lock: OpenFile
    private let calls: SystemCalls

    /// Removes what dead processes left, and makes the folder.
    package init(in shared: OpenFile, calls: SystemCalls) throws {
        try Self.removeAbandoned(in: shared, calls: calls)
        let (name, lock) = try Self.makeLock(in: shared, calls: calls)
        try calls.makeFolder(shared.number, name, 0o700)
        self.name = name
        self.shared = shared
        self.lock = lock
        self.calls = calls
    }

    /// Removes the folder with all that is in it.
    package func remove() throws {
        try Self.remove(name, in: shared, calls: calls)
    }

    private static func makeLock(
        in shared: OpenFile, calls: SystemCalls
    ) throws -> (name: String, lock: OpenFile) {
        while true {
            let name = String(UInt64.random(in: .min ... .max), radix: 16)
            if let lock = try makeLock(named: name, in: shared, calls: calls) { return (name, lock) }
        }
    }

    /// Makes and takes a lock, or returns nil if another process took the new file for an abandoned one first.
    private static func makeLock(
        named name: String, in shared: OpenFile, calls: SystemCalls
    ) throws -> OpenFile? {
        let path = name + ".lock"
        let lock: OpenFile
        do {
            lock = try calls.open(in: shared, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        } catch let error as SystemError where error.number == EEXIST {
            return nil
        }
        guard try take(lock) else { return nil }
        let isStillThere = try FileStatus(of: path, in: shared) == FileStatus(of: lock)
        return isStillThere ? lock : nil
    }

    private static func take(_ lock: OpenFile) throws -> Bool {
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { return false }
            throw SystemError(errno, "flock")
        }
        return true
    }

    private static func removeAbandoned(in shared: OpenFile, calls: SystemCalls) throws {
        let listing = try FolderListing(of: ".", in: shared) { !$0.isFolder && $0.name.hasSuffix(".lock") }
        for entry in listing?.entries ?? [] {
            do {
                let lock = try calls.open(in: shared, entry.name, O_RDWR | O_NOFOLLOW)
                try withExtendedLifetime(lock) {
                    guard try take(lock) else { return }
                    try remove(String(entry.name.dropLast(5)), in: shared, calls: calls)
                }
            } catch let error as SystemError where error.number == ENOENT {
                // Another process was cleaning up too.
            }
        }
    }

    /// Removes the folder before its lock, so that the next process finds and finishes an interrupted removal.
    private static func remove(_ name: String, in shared: OpenFile, calls: SystemCalls) throws {
        if let listing = try FolderListing(of: name, in: shared) {
            for entry in listing.entries where !entry.isFolder {
                try calls.unlink(shared.number, "\(name)/\(entry.name)")
            }
            try calls.removeFolder(shared.number, name)
        }
        try calls.unlink(shared.number, name + ".lock")
    }
}
