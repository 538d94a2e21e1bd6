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
    private let durableFolders = DurableFolders()
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
}

// MARK: Writing

extension FileTree {
    /// Something to be stored under a path, in place of what is there.
    struct NewFile: Sendable {
        /// The bytes of a new file.
        enum Contents: Sendable {
            /// A spooled file: it is linked if spool and storage share a file system, else copied. If the path is that
            /// of a blob with these very bytes, what is there is left alone.
            case spooled(SpooledFile, isBlob: Bool)
            case bytes(ByteBuffer)
        }

        let path: String
        let contents: Contents

        init(path: String, contents: Contents) {
            self.path = path
            self.contents = contents
        }

        init(_ object: NewObject) {
            path = object.key.description
            contents =
                switch object.contents {
                case .file(let file): .spooled(file, isBlob: object.key.blob?.digest == file.digests.sha256)
                case .bytes(let bytes): .bytes(bytes)
                }
        }

        /// Returns all bytes of a small file.
        func bytes() throws -> ByteBuffer {
            switch contents {
            case .bytes(let bytes): bytes
            case .spooled(let file, _): ByteBuffer(bytes: try FileTree.block(of: file, at: 0, upTo: file.size))
            }
        }
    }

    /// Stores files, each whole and durable or as it was, and returns what became of each.
    ///
    /// The syncs of a kind follow each other: a journaling file system writes its journal for the first of them, and the
    /// others find it written. So what many callers store at once costs little more than what one of them does.
    func put(_ files: [NewFile]) -> [Result<Void, any Error>] {
        var batch = files.map { file in Pending(file, Result { try write(file) }) }
        for position in batch.indices { batch[position].advance(makeDurable) }
        var folders = FoldersToSync()
        for pending in batch {
            if case .success = pending.state { folders.add(above: pending.path, knowing: durableFolders) }
        }
        let failures = sync(folders)
        for position in batch.indices { batch[position].note(failures) }
        return batch.map { pending in pending.state.map { _ in durableFolders.insert(above: pending.path) } }
    }

    /// A file on its way to its path.
    private struct Pending {
        let path: String
        private(set) var state: Result<Written, any Error>

        init(_ file: NewFile, _ state: Result<Written, any Error>) {
            path = file.path
            self.state = state
        }

        mutating func advance(_ step: (Written, _ path: String) throws -> Void) {
            state = state.flatMap { written in Result { try step(written, path) }.map { written } }
        }

        /// Fails if a folder above the path could not be synced.
        mutating func note(_ failures: [String: any Error]) {
            guard !failures.isEmpty, case .success = state else { return }
            for folder in FolderPaths.above(path) + [FolderPaths.root] {
                if let error = failures[folder] { state = .failure(error) }
            }
        }
    }

    /// Bytes that are written, and not yet synced.
    private struct Written {
        let file: OpenFile
        /// The name that they have for now; nil if they are under their path already.
        let temporary: String?
        /// Whether the spool has a link to them.
        var isLinked = false
    }

    private func write(_ file: NewFile) throws -> Written {
        switch file.contents {
        case .bytes(let bytes):
            return try writing { temporary in
                let target = try create(temporary)
                try bytes.withUnsafeReadableBytes { try calls.writeAll($0, to: target) }
                return Written(file: target, temporary: temporary)
            }
        case .spooled(let spooled, let isBlob):
            // The name of bytes that are there is made durable again: who wrote them may have died before.
            if isBlob, let present = try open(file.path), present.size == spooled.size,
                try present.size > Self.largestUnsynced || present.descriptor.read(0..<present.size) == file.bytes()
            {
                return Written(file: present.descriptor, temporary: nil)
            }
            return try writing { temporary in
                let linked = try link(spooled, to: temporary)
                let target = try linked ?? copy(spooled, to: temporary)
                guard try FileStatus(of: target).size == spooled.size else {
                    throw RegistryError(.internal, "The uploaded file changed in the server's spool folder.")
                }
                return Written(file: target, temporary: temporary, isLinked: linked != nil)
            }
        }
    }

    private func writing(_ body: (_ temporary: String) throws -> Written) throws -> Written {
        let temporary = temporaryPath()
        do {
            return try body(temporary)
        } catch {
            try? calls.unlink(root.number, temporary)
            throw error
        }
    }

    /// The most bytes of a file that is put unsynced. A power cut may leave such a file torn, under its path.
    static let largestUnsynced: Int64 = 64 << 10

    /// Stores small files without syncing them, each whole unless the power is cut before `sync` has ended.
    ///
    /// What is there with the same bytes is left alone, because it may be durable.
    func putUnsynced(_ files: [NewFile]) throws {
        for file in files {
            let bytes = try file.bytes()
            if let present = try open(file.path), present.size == Int64(bytes.readableBytes),
                try present.descriptor.read(0..<present.size) == bytes
            {
                continue
            }
            let written = try write(NewFile(path: file.path, contents: .bytes(bytes)))
            guard let temporary = written.temporary else { continue }
            do {
                try rename(temporary, to: file.path)
            } catch {
                try? calls.unlink(root.number, temporary)
                throw error
            }
        }
    }

    /// From so many files on, the whole file system is synced instead.
    private static let manyFiles = 16

    /// Makes files durable, of which some may have been removed.
    func sync(_ paths: [String]) throws {
        if paths.count >= Self.manyFiles, calls.canSyncSystem(root.number) {
            try calls.syncSystem(of: root)
        } else {
            try syncEach(paths)
        }
        for path in paths { durableFolders.insert(above: path) }
    }

    private func syncEach(_ paths: [String]) throws {
        var folders = FoldersToSync()
        for path in paths {
            if let present = try open(path) { try calls.sync(present.descriptor) }
            folders.add(above: path, knowing: durableFolders)
        }
        if let failure = sync(folders).values.first { throw failure }
    }

    /// Syncs written bytes, and then gives them their name, so that the name has all of them or does not exist.
    private func makeDurable(_ written: Written, at path: String) throws {
        guard let temporary = written.temporary else { return try calls.sync(written.file) }
        do {
            try calls.sync(written.file)
            try rename(temporary, to: path)
            // If both names are links to one file, rename(2) does nothing and leaves both.
            if written.isLinked { try removeLink(temporary) }
        } catch {
            try? calls.unlink(root.number, temporary)
            throw error
        }
    }

    private func removeLink(_ temporary: String) throws {
        do {
            try calls.unlink(root.number, temporary)
        } catch let error as SystemError where error.number == ENOENT {
            return
        }
    }

    private func rename(_ temporary: String, to path: String) throws {
        let folders = FolderPaths.above(path)[...]
        try makeFolders(folders)
        var attemptsLeft = 1000
        while true {
            do {
                return try calls.rename(root.number, temporary, path)
            } catch let error as SystemError where error.number == ENOENT && attemptsLeft > 0 {
                // A concurrent `remove` has just removed the folder as empty.
                attemptsLeft -= 1
                try makeFolders(folders)
            }
        }
    }

    /// Makes folders that are missing; the deepest is the first.
    private func makeFolders(_ folders: ArraySlice<String>) throws {
        guard let deepest = folders.first, try !makeFolder(deepest) else { return }
        try makeFolders(folders.dropFirst())
        // If it is missing still, one above it was just removed, and the caller tries again.
        _ = try makeFolder(deepest)
    }

    /// Makes a folder, unless it is there. Returns false if the one above it is missing.
    private func makeFolder(_ folder: String) throws -> Bool {
        do {
            try calls.makeFolder(root.number, folder, Self.folderMode)
            durableFolders.forget(folder)
            return true
        } catch let error as SystemError where error.number == EEXIST {
            return true
        } catch let error as SystemError where error.number == ENOENT {
            return false
        }
    }

    /// Syncs folders, and returns the errors by the folders' paths.
    ///
    /// If a folder is missing, the files in it were removed meanwhile, and nothing is left to sync.
    private func sync(_ folders: FoldersToSync) -> [String: any Error] {
        var failures: [String: any Error] = [:]
        for folder in folders.paths {
            do {
                try calls.sync(folder == FolderPaths.root ? root : calls.openFolder(in: root, folder))
            } catch let error as SystemError where error.number == ENOENT {
                continue
            } catch {
                failures[folder] = error
            }
        }
        return failures
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
            let block = try Self.block(of: file, at: offset, upTo: Self.blockSize)
            try block.withUnsafeBytes { try calls.writeAll($0, to: target) }
            offset += Int64(block.count)
        }
        return target
    }

    private static func block(of file: SpooledFile, at offset: Int64, upTo count: Int64) throws -> [UInt8] {
        do {
            return try file.read(at: offset, count: Int(min(count, file.size - offset)))
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
    /// Removes a file durably, and then its folder if that is empty, and not the top one.
    ///
    /// The folders above it stay: each process remembers them as durable.
    func remove(_ path: String) throws {
        let folders = FolderPaths.above(path)
        // Held, so that the folder that is synced is the one that had the file: meanwhile another `remove` may remove it
        // as empty, and a `put` may make another one in its place.
        let holder: OpenFile? = if let folder = folders.first { try openFolder(folder) } else { root }
        if let holder {
            do {
                try withExtendedLifetime(holder) { try calls.unlink(holder.number, FolderPaths.name(of: path)) }
            } catch let error as SystemError where error.number == ENOENT {
                // Already removed, but perhaps by a process that died before it synced the folder.
            } catch let error as SystemError where error.number == EISDIR {
                return
            }
            try calls.sync(holder)
        }
        // A sync of a folder that was removed promises nothing: then that removal must be durable, with the file's.
        guard let holder, try isInPlace(holder, at: folders.first) else {
            return try syncFirst(of: folders.dropFirst())
        }
        // A folder that a concurrent `put` has just filled stays; one that it is about to fill, `put` makes again. An
        // empty folder that stays does no harm, so errors do not matter.
        guard folders.count > 1, let folder = folders.first, !durableFolders.contains(folder) else { return }
        try? calls.removeFolder(root.number, folder)
    }

    /// Opens a folder; returns nil if there is none.
    private func openFolder(_ folder: String) throws -> OpenFile? {
        do {
            return try calls.openFolder(in: root, folder)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            return nil
        }
    }

    /// Returns whether an open folder has its path still; nil is the path of the storage's own.
    private func isInPlace(_ holder: OpenFile, at folder: String?) throws -> Bool {
        guard let folder else { return true }
        return try FileStatus(of: folder, in: root)?.identity == FileStatus(of: holder).identity
    }

    /// Syncs the first of some folders that is there, or the storage's own.
    private func syncFirst(of folders: ArraySlice<String>) throws {
        for folder in folders {
            if let open = try openFolder(folder) { return try calls.sync(open) }
        }
        try calls.sync(root)
    }

    /// Writes, reads and removes a file in a folder for such checks.
    func check() throws {
        let path = ".check/\(temporaryPath().replacing("/", with: "-").dropFirst())"
        let bytes = ByteBuffer(string: "Cellar can write here.\n")
        for result in put([NewFile(NewObject(bytes, at: StorageKey(listed: path)))]) { try result.get() }
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
