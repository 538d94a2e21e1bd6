import Glibc
import LocalFiles
import NIOCore
import PackagingStandards
import Registry
import Synchronization

/// The folder of a `FileStorage`. Every method blocks, and throws `SystemError` or `RegistryError`.
///
/// Paths are relative to the folder and already checked.
final class FileTree: Sendable {
    private let root: OpenFile
    private let calls: SystemCalls
    private let temporary: ProcessFolder
    private let nextNumber = Mutex(0)
    /// The top folders that are known to be durable; they are never removed.
    private let durableFolders = Mutex<Set<String>>([])

    private static let temporaryFolder = ".tmp"
    private static let folderMode: UInt32 = 0o750
    private static let fileMode: UInt32 = 0o640

    init(path: String, calls: SystemCalls) throws {
        self.calls = calls
        root = try calls.makeFolders(path, mode: Self.folderMode)
        do {
            try calls.makeFolder(root.number, Self.temporaryFolder, 0o700)
        } catch let error as SystemError where error.number == EEXIST {
            // An earlier start made it.
        }
        temporary = try ProcessFolder(in: calls.openFolder(in: root, Self.temporaryFolder), calls: calls)
    }

    func close() throws {
        try temporary.remove()
    }

    /// Returns a new temporary path, on the file system of all keys.
    private func temporaryPath() -> String {
        let number = nextNumber.withLock { number in
            number += 1
            return number
        }
        return "\(Self.temporaryFolder)/\(temporary.name)/\(number)"
    }

    private func create(_ path: String) throws -> OpenFile {
        try calls.open(in: root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: Self.fileMode)
    }

    /// Returns the folders above a path, the deepest first, without the root.
    private func folders(above path: String) -> [String] {
        var folders: [String] = []
        var rest = path[...]
        while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            folders.append(String(rest))
        }
        return folders
    }

    private func makeFolders(above path: String) throws {
        for folder in folders(above: path).reversed() {
            do {
                try calls.makeFolder(root.number, folder, Self.folderMode)
            } catch let error as SystemError where error.number == EEXIST || error.number == ENOENT {
                // It exists, or one above it was just removed: the caller tries again.
            }
        }
    }

    /// Makes a file's name durable: syncs its folder, and the folders above it, which any process may just have made.
    ///
    /// If a folder is missing, the file was removed meanwhile, and nothing is left to sync.
    private func syncFolders(above path: String) throws {
        let folders = folders(above: path)
        do {
            for folder in folders {
                try calls.sync(calls.openFolder(in: root, folder))
            }
        } catch let error as SystemError where error.number == ENOENT {
            return
        }
        guard let top = folders.last else { return try calls.sync(root) }
        guard !durableFolders.withLock({ $0.contains(top) }) else { return }
        try calls.sync(root)
        durableFolders.withLock { _ = $0.insert(top) }
    }
}

// MARK: Writing

extension FileTree {
    /// Stores a spooled file under a key: links it if spool and storage share a file system, else copies it.
    ///
    /// If the key has the digest and the bytes are there, they are left alone. Their name is made durable again, since
    /// the process that wrote it may have died before.
    func put(_ file: SpooledFile, at key: StorageKey) throws {
        let path = key.description
        if key.blob?.digest == file.digests.sha256, let present = try open(path), present.size == file.size {
            try calls.sync(present.descriptor)
            return try syncFolders(above: path)
        }
        try publish(at: path) { temporary in
            let written = try link(file, to: temporary) ?? copy(file, to: temporary)
            guard try FileStatus(of: written).size == file.size else {
                throw RegistryError(.internal, "The uploaded file changed in the server's spool folder.")
            }
            return written
        }
    }

    /// Stores bytes under a path, and replaces what is there.
    func put(_ bytes: ByteBuffer, at path: String) throws {
        try publish(at: path) { temporary in
            let file = try create(temporary)
            try bytes.withUnsafeReadableBytes { try calls.writeAll($0, to: file) }
            return file
        }
    }

    /// Syncs what `make` leaves under a temporary name, and renames it to its path.
    private func publish(at path: String, make: (_ temporary: String) throws -> OpenFile) throws {
        let temporary = temporaryPath()
        do {
            try calls.sync(make(temporary))
            try rename(temporary, to: path)
        } catch {
            try? calls.unlink(root.number, temporary)
            throw error
        }
        try syncFolders(above: path)
    }

    private func rename(_ temporary: String, to path: String) throws {
        var attemptsLeft = 1000
        while true {
            do {
                try calls.rename(root.number, temporary, path)
                break
            } catch let error as SystemError where error.number == ENOENT && attemptsLeft > 0 {
                // The folders are missing, or a concurrent `remove` has just removed them as empty.
                attemptsLeft -= 1
                try makeFolders(above: path)
            }
        }
        // If both names are links to one file, rename(2) does nothing and leaves both.
        do {
            try calls.unlink(root.number, temporary)
        } catch let error as SystemError where error.number == ENOENT {
            return
        }
    }

    /// Links a local file to a temporary name; returns nil if it is not local, or the file systems cannot link.
    private func link(_ file: SpooledFile, to temporary: String) throws -> OpenFile? {
        guard let path = file.localPath else { return nil }
        do {
            try calls.link(AT_FDCWD, path, root.number, temporary)
        } catch let error as SystemError where [EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS].contains(error.number) {
            return nil
        }
        return try calls.open(in: root, temporary, O_RDONLY | O_NOFOLLOW)
    }

    private func copy(_ file: SpooledFile, to temporary: String) throws -> OpenFile {
        let target = try create(temporary)
        var offset: Int64 = 0
        while offset < file.size {
            let block = try block(of: file, at: offset)
            try block.withUnsafeBytes { try calls.writeAll($0, to: target) }
            offset += Int64(block.count)
        }
        return target
    }

    private func block(of file: SpooledFile, at offset: Int64) throws -> [UInt8] {
        do {
            return try file.read(at: offset, count: Int(min(Self.blockSize, file.size - offset)))
        } catch {
            throw RegistryError(
                .internal, "The uploaded file could not be read back from the server's spool.", cause: error)
        }
    }

    /// How many bytes are copied at once.
    private static let blockSize: Int64 = 1 << 20
}

// MARK: Reading

extension FileTree {
    /// Opens a file; returns nil if there is none.
    ///
    /// - Throws: `.internal` if the name belongs to something other than a file: a link, a device.
    func open(_ path: String) throws -> (descriptor: OpenFile, size: Int64)? {
        let descriptor: OpenFile
        do {
            // Does not wait if the name belongs to a pipe.
            descriptor = try calls.open(in: root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            return nil
        } catch let error as SystemError where error.number == ELOOP || error.number == ENXIO {
            throw notAFile(cause: error)
        }
        let status = try FileStatus(of: descriptor)
        return try isFile(status) ? (descriptor, status.size) : nil
    }

    /// Returns the size of a file, or nil if there is none.
    func size(of path: String) throws -> Int64? {
        guard let status = try FileStatus(of: path, in: root), try isFile(status) else { return nil }
        return status.size
    }

    /// Returns all bytes of a file, or nil if there is none.
    func read(_ path: String, limit: Int) throws -> ByteBuffer? {
        guard let (descriptor, size) = try open(path) else { return nil }
        guard size <= limit else {
            throw RegistryError(.internal, "Something in the server's storage folder is larger than it can be.")
        }
        return try descriptor.read(0..<size)
    }

    /// Returns whether a status is that of a file; false for a folder, which has keys below it but is not one.
    private func isFile(_ status: FileStatus) throws -> Bool {
        guard status.kind != .other else { throw notAFile(cause: nil) }
        return status.kind == .file
    }

    private func notAFile(cause: SystemError?) -> RegistryError {
        RegistryError(.internal, "Something in the server's storage folder is not a file.", cause: cause)
    }
}

// MARK: Removing

extension FileTree {
    /// Removes a file durably, and then the empty folders above it, except the top one.
    func remove(_ path: String) throws {
        do {
            try calls.unlink(root.number, path)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            // Already removed, but perhaps by a process that died before it synced the folder.
        } catch let error as SystemError where error.number == EISDIR {
            return
        }
        let folders = folders(above: path)
        do {
            try calls.sync(folders.first.map { try calls.openFolder(in: root, $0) } ?? root)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            // The folder was removed too.
        }
        removeEmpty(folders.dropLast())
    }

    /// Removes folders up to the first that is not empty.
    ///
    /// A folder that a concurrent `put` has just filled stays; one that it is about to fill, `put` makes again. An
    /// empty folder that stays does no harm, so errors do not matter.
    private func removeEmpty(_ folders: some Sequence<String>) {
        for folder in folders {
            do {
                try calls.removeFolder(root.number, folder)
            } catch {
                return
            }
        }
    }

    /// Writes, reads and removes a file in a folder for such checks.
    func check() throws {
        let path = ".check/\(temporaryPath().replacing("/", with: "-").dropFirst())"
        let bytes = ByteBuffer(string: "Cellar can write here.\n")
        try put(bytes, at: path)
        let found = try read(path, limit: bytes.readableBytes)
        try remove(path)
        guard found == bytes else {
            throw RegistryError(.internal, "The server's storage folder gives back other bytes than it was given.")
        }
    }
}

// MARK: Listing

extension FileTree {
    /// Lists the files whose paths begin with a prefix and come after another path, in the order of the paths' bytes.
    ///
    /// At each level it holds the names of one folder in memory, never those of the whole tree.
    func list(_ prefix: String, after: String?, limit: Int) throws -> StoragePage {
        let folder = prefix.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(prefix[...$0]) } ?? ""
        guard folder.isEmpty || StorageKey(listed: String(folder.dropLast())).isWellFormed else {
            return StoragePage(objects: [], next: nil)
        }
        // One more than the page holds shows whether there is another page.
        var walk = FolderWalk(root: root, prefix: prefix, after: after, limit: limit + 1)
        try walk.visit(folder)
        let objects = Array(walk.found.prefix(limit))
        let isLast = walk.found.count == objects.count
        return StoragePage(
            objects: objects, next: isLast ? nil : objects.last.map { StorageCursor(text: $0.key.description) })
    }
}

/// A walk through folders in the order of the bytes of the files' paths.
private struct FolderWalk {
    private let root: OpenFile
    private let prefix: [UInt8]
    private let after: [UInt8]
    private let limit: Int
    private(set) var found: [StoredObject] = []

    init(root: OpenFile, prefix: String, after: String?, limit: Int) {
        self.root = root
        self.prefix = Array(prefix.utf8)
        self.after = Array((after ?? "").utf8)
        self.limit = limit
    }

    /// Visits a folder, whose path is empty for the root or ends in a slash.
    mutating func visit(_ folder: String) throws {
        for child in try children(of: folder) {
            guard found.count < limit else { return }
            let path = String(decoding: child.path, as: UTF8.self)
            if child.isFolder {
                try visit(path)
            } else if let status = try FileStatus(of: path, in: root), status.kind == .file {
                found.append(StoredObject(key: StorageKey(listed: path), size: status.size))
            }
        }
    }

    /// A file or folder. A folder's path ends in a slash, so that it sorts like the paths below it.
    private struct Child {
        let path: [UInt8]
        let isFolder: Bool
    }

    private func children(of folder: String) throws -> [Child] {
        var children: [Child] = []
        let listing = try FolderListing(of: folder.isEmpty ? "." : folder, in: root) { entry in
            // At the top, names that begin with a dot belong to the storage itself.
            if folder.isEmpty, entry.name.utf8.first == UInt8(ascii: ".") { return false }
            let path = Array(folder.utf8) + Array(entry.name.utf8) + (entry.isFolder ? [UInt8(ascii: "/")] : [])
            let child = Child(path: path, isFolder: entry.isFolder)
            if isWanted(child) { children.append(child) }
            return false
        }
        guard listing != nil else { return [] }
        return children.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private func isWanted(_ child: Child) -> Bool {
        guard child.isFolder else {
            return child.path.starts(with: prefix) && after.lexicographicallyPrecedes(child.path)
        }
        guard child.path.starts(with: prefix) || prefix.starts(with: child.path) else { return false }
        return after.starts(with: child.path) || after.lexicographicallyPrecedes(child.path)
    }
}
