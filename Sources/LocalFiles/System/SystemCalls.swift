import CFileSystems
import Glibc

/// The calls that change folders and files, as a value: tests record them, let them fail, or cut the power between two
/// of them.
///
/// Paths are relative to an open folder (`AT_FDCWD` for none). Every call is repeated if a signal interrupts it, and
/// throws `SystemError`. Tests replace no calls that only read: those go to the system directly.
package struct SystemCalls: Sendable {
    /// `openat(2)`, always with `O_CLOEXEC`; the mode counts if the flags create a file.
    package var open: @Sendable (_ folder: CInt, _ path: String, _ flags: CInt, _ mode: UInt32) throws -> CInt
    /// `write(2)`; returns how many bytes were written.
    package var write: @Sendable (_ file: CInt, _ bytes: UnsafeRawBufferPointer) throws -> Int
    /// `fsync(2)` of a file or a folder.
    package var sync: @Sendable (_ descriptor: CInt) throws -> Void
    /// `syncfs(2)` of the file system of a file or a folder.
    package var syncSystem: @Sendable (_ descriptor: CInt) throws -> Void
    /// Whether `syncSystem`, and a `sync` after it, make everything in the file system durable. Reads only.
    package var canSyncSystem: @Sendable (_ descriptor: CInt) -> Bool
    /// `mkdirat(2)`.
    package var makeFolder: @Sendable (_ folder: CInt, _ path: String, _ mode: UInt32) throws -> Void
    /// `linkat(2)`.
    package var link: @Sendable (_ folder: CInt, _ path: String, _ newFolder: CInt, _ newPath: String) throws -> Void
    /// `renameat(2)`, with both names below one folder.
    package var rename: @Sendable (_ folder: CInt, _ path: String, _ newPath: String) throws -> Void
    /// `unlinkat(2)` of a file.
    package var unlink: @Sendable (_ folder: CInt, _ path: String) throws -> Void
    /// `unlinkat(2)` of an empty folder.
    package var removeFolder: @Sendable (_ folder: CInt, _ path: String) throws -> Void

    /// The operating system's own calls.
    package static let system = SystemCalls(
        open: { folder, path, flags, mode in
            try repeating("open \(path)") { openat(folder, path, flags | O_CLOEXEC, mode_t(mode)) }
        },
        write: { file, bytes in
            try repeating("write") { Glibc.write(file, bytes.baseAddress, bytes.count) }
        },
        sync: { descriptor in
            _ = try repeating("fsync") { fsync(descriptor) }
        },
        syncSystem: { descriptor in
            _ = try repeating("syncfs") { syncfs(descriptor) }
        },
        canSyncSystem: { descriptor in
            var status = statfs()
            return fstatfs(descriptor, &status) == 0 && localFileSystems.contains(Int64(status.f_type))
        },
        makeFolder: { folder, path, mode in
            _ = try repeating("mkdir \(path)") { mkdirat(folder, path, mode_t(mode)) }
        },
        link: { folder, path, newFolder, newPath in
            _ = try repeating("link \(path) to \(newPath)") { linkat(folder, path, newFolder, newPath, 0) }
        },
        rename: { folder, path, newPath in
            _ = try repeating("rename \(path) to \(newPath)") { renameat(folder, path, folder, newPath) }
        },
        unlink: { folder, path in
            _ = try repeating("unlink \(path)") { unlinkat(folder, path, 0) }
        },
        removeFolder: { folder, path in
            _ = try repeating("rmdir \(path)") { unlinkat(folder, path, AT_REMOVEDIR) }
        })

    /// What `statfs(2)` calls ext2 to ext4, XFS, Btrfs and tmpfs. Some others, such as FUSE, do nothing for `syncfs`.
    private static let localFileSystems: Set<Int64> = [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994]

    private static func repeating<Number: SignedInteger>(
        _ call: @autoclosure () -> String, _ body: () -> Number
    ) throws -> Number {
        while true {
            let result = body()
            if result >= 0 { return result }
            let number = errno
            if number != EINTR { throw SystemError(number, call()) }
        }
    }
}

// An open file is closed with its last reference, which may go right after its number is read: so each of these holds
// the file until its call returns.
extension SystemCalls {
    /// Opens a file or folder, which is closed when nothing holds it.
    package func open(
        in folder: OpenFile? = nil, _ path: String, _ flags: CInt, mode: UInt32 = 0
    ) throws -> OpenFile {
        try withExtendedLifetime(folder) {
            OpenFile(owning: try open(folder?.number ?? AT_FDCWD, path, flags, mode))
        }
    }

    /// Opens a folder, to sync it or to begin paths at it.
    package func openFolder(in folder: OpenFile? = nil, _ path: String) throws -> OpenFile {
        try open(in: folder, path, O_RDONLY | O_DIRECTORY)
    }

    /// Makes a file's bytes, or a folder's names, durable.
    package func sync(_ file: OpenFile) throws {
        try withExtendedLifetime(file) { try sync(file.number) }
    }

    /// Makes everything in a file system durable, if `canSyncSystem` says so.
    ///
    /// Without a journal, ext4 writes names and sizes after it has asked the disk to keep what was written before: the
    /// second sync asks once more.
    package func syncSystem(of folder: OpenFile) throws {
        try withExtendedLifetime(folder) {
            try syncSystem(folder.number)
            try sync(folder.number)
        }
    }

    /// Writes all of the bytes.
    package func writeAll(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws {
        try withExtendedLifetime(file) {
            var rest = bytes
            while !rest.isEmpty {
                let count = try write(file.number, rest)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }

    /// Makes a folder and those above it, durably, unless they exist.
    ///
    /// - Returns: The folder, open.
    package func makeFolders(_ path: String, mode: UInt32) throws -> OpenFile {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            let parent = made.isEmpty ? "/" : made
            made += "/" + part
            do {
                try makeFolder(AT_FDCWD, made, mode)
            } catch let error as SystemError where error.number == EEXIST {
                continue
            }
            try sync(openFolder(parent))
        }
        return try openFolder(path)
    }
}

/// A system call that failed, and the operating system's reason, for the log.
public struct SystemError: Error, Hashable, CustomStringConvertible {
    /// The value of `errno`.
    public let number: CInt
    /// The call and its arguments, as far as they help.
    public let call: String

    /// Makes the error of a call that failed.
    public init(_ number: CInt, _ call: String) {
        self.number = number
        self.call = call
    }

    public var description: String {
        "\(call): \(String(cString: strerror(number)))"
    }
}
