package import LocalFiles
package import NIOCore
package import NIOPosix
package import Registry

/// Keeps files in a folder of this machine.
///
///     <folder>/<key>               what is kept, under its key as a path
///     <folder>/.tmp/<process>/…    what is being written
///     <folder>/.check/…            what `check` writes
///
/// A file is written or linked under a temporary name, synced, and renamed to its key; then each folder above it is
/// synced. So a key holds all bytes or nothing, and what is answered survives a power cut. Several processes may share
/// the folder. All work is done on a thread pool.
package final class FileStorage: Storage {
    private let tree: FileTree
    private let threads: NIOThreadPool

    /// Opens a folder, which is made where it is missing, and removes what dead processes left half written. Blocks.
    ///
    /// - Throws: `RegistryError` `.unavailable` where the folder may not be used, `.insufficientStorage` where there is
    ///   no room, `.internal` for the rest.
    package init(path: String, threads: NIOThreadPool, calls: SystemCalls = .system) throws {
        self.threads = threads
        do {
            self.tree = try FileTree(path: path, calls: calls)
        } catch let error as SystemError {
            throw RegistryError(error, in: Self.place)
        }
    }

    /// Removes this process's temporary folder. Blocks: for the end, when nothing is being written.
    package func close() {
        tree.close()
    }

    package func put(_ file: SpooledFile, at key: StorageKey) async throws {
        try await run(key) { try $0.put(file, at: key) }
    }

    package func put(_ bytes: ByteBuffer, at key: StorageKey) async throws {
        try await run(key) { try $0.put(bytes, at: key.description) }
    }

    package func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer? {
        try await run(key) { try $0.read(key.description, limit: limit) }
    }

    package func open(_ key: StorageKey) async throws -> StoredFile? {
        try await run(key) { tree in
            try tree.open(key.description).map { StoredFile(size: $0.size, contents: .descriptor($0.descriptor)) }
        }
    }

    package func size(of key: StorageKey) async throws -> Int64? {
        try await run(key) { try $0.size(of: key.description) }
    }

    package func remove(_ key: StorageKey) async throws {
        try await run(key) { try $0.remove(key.description) }
    }

    package func list(_ prefix: String, after: StorageKey?, limit: Int) async throws -> [StoredObject] {
        try await run { try $0.list(prefix, after: after?.description, limit: limit) }
    }

    package func check() async throws {
        try await run { try $0.check() }
    }

    /// The folder in words, for messages.
    private static let place = "storage folder"

    private func run<Result: Sendable>(
        _ key: StorageKey? = nil, _ body: @escaping @Sendable (FileTree) throws -> Result
    ) async throws -> Result {
        try key?.requireWellFormed()
        do {
            return try await threads.runIfActive { [tree] in try body(tree) }
        } catch let error as SystemError {
            throw RegistryError(error, in: Self.place)
        }
    }
}
