package import LocalFiles
package import NIOCore
package import NIOPosix
package import Registry

/// A storage in a folder of this machine.
///
///     <folder>/<key>               what is kept, under its key as a path
///     <folder>/.tmp/<process>/…    what is being written
///     <folder>/.check/…            what `check` writes
///
/// A file is written or linked under a temporary name, synced, and renamed to its key; then each folder above it is
/// synced, except those that are known to be durable. So a key has all bytes or nothing, and an answered write survives
/// a power cut. Small files that are put at the same time are written and synced together. Those that are put unsynced
/// are renamed at once, and many of them are synced together, as a whole file system if there are enough. Several
/// processes may share the folder. A cursor is the path after which the next page begins. All work is done on a thread pool.
package final class FileStorage: Storage {
    private let tree: FileTree
    private let threads: NIOThreadPool
    private let batches: PutBatches

    /// Opens the folder, makes it if it is missing, and removes what dead processes left half written. Blocks.
    ///
    /// - Throws: `RegistryError` `.unavailable` if the folder may not be used, `.insufficientStorage` if there is
    ///   no room, `.internal` otherwise.
    package init(path: String, threads: NIOThreadPool, calls: SystemCalls = .system) throws {
        self.threads = threads
        do {
            tree = try FileTree(path: path, calls: calls)
            batches = PutBatches(tree: tree, threads: threads)
        } catch let error as SystemError {
            throw RegistryError(error, in: Self.place)
        }
    }

    package func put(_ file: SpooledFile, at key: StorageKey) async throws {
        try await put([NewObject(file, at: key)])
    }

    package func put(_ bytes: ByteBuffer, at key: StorageKey) async throws {
        try await put([NewObject(bytes, at: key)])
    }

    package func put(_ objects: [NewObject]) async throws {
        for object in objects { try object.key.requireWellFormed() }
        let files = objects.map { FileTree.NewFile($0) }
        guard objects.allSatisfy({ $0.size <= PutBatches.largestFile }) else {
            // It takes its time, and nobody else should wait for it.
            return try await run { tree in for result in tree.put(files) { try result.get() } }
        }
        try await translating { try await batches.put(files) }
    }

    package func putUnsynced(_ objects: [NewObject]) async throws -> Bool {
        for object in objects { try object.key.requireWellFormed() }
        guard objects.allSatisfy({ $0.size <= FileTree.largestUnsynced }) else { return false }
        let files = objects.map { FileTree.NewFile($0) }
        try await translating { try await threads.runBlocking { [tree] in try tree.putUnsynced(files) } }
        return true
    }

    package func sync(_ keys: [StorageKey]) async throws {
        for key in keys { try key.requireWellFormed() }
        guard !keys.isEmpty else { return }
        try await run { try $0.sync(keys.map(\.description)) }
    }

    package func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? {
        try await run(key) { try $0.read(key.description, limit: limit) }
    }

    package func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject? {
        try await run(key) { tree in
            guard let (descriptor, size) = try tree.open(key.description) else { return nil }
            guard size > limit else { return .whole(try descriptor.read(0..<size)) }
            return .file(StoredFile(size: size, contents: .descriptor(descriptor)))
        }
    }

    package func size(of key: StorageKey) async throws -> Int64? {
        try await run(key) { try $0.size(of: key.description) }
    }

    package func remove(_ key: StorageKey) async throws {
        try await run(key) { try $0.remove(key.description) }
    }

    package func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage {
        let limit = min(max(limit, 1), StoragePage.maximumCount)
        return try await run { try $0.list(prefix, after: cursor?.text, limit: limit) }
    }

    /// Returns nil: a folder has no links that others could follow.
    package func signedLink(to key: StorageKey, for duration: Duration) async throws -> String? {
        try key.requireWellFormed()
        return nil
    }

    package func check() async throws {
        try await run { try $0.check() }
    }

    /// Removes this process's temporary folder.
    package func close() async {
        // The next process that opens the storage removes what cannot be removed now.
        try? await threads.runIfActive { [tree] in try tree.close() }
    }

    /// The name of the folder in messages.
    private static let place = "storage folder"

    private func run<Result: Sendable>(
        _ key: StorageKey? = nil, _ body: @escaping @Sendable (FileTree) throws -> Result
    ) async throws -> Result {
        try key?.requireWellFormed()
        return try await translating { try await threads.runIfActive { [tree] in try body(tree) } }
    }

    private func translating<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as SystemError {
            throw RegistryError(error, in: Self.place)
        }
    }
}
