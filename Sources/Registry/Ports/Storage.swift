public import LocalFiles
public import NIOCore

/// Where bytes are kept.
///
/// What a `put` has answered is durable: it survives a power cut at the next instruction. A key holds either all bytes
/// of a put or nothing. Putting the same key again is safe.
///
/// Errors are `RegistryError`s: `.unavailable` where waiting helps, `.insufficientStorage` where there is no room,
/// `.internal` for the rest.
public protocol Storage: Sendable {
    /// Keeps a spooled file under a key, whole and durable, and leaves the spooled file where it is or takes it over.
    func put(_ file: SpooledFile, at key: StorageKey) async throws

    /// Keeps some bytes under a key, whole and durable.
    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws

    /// The bytes under a key, which are no more than `limit`; nil where there is nothing.
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer?

    /// Opens what is under a key for reading; nil where there is nothing.
    func open(_ key: StorageKey) async throws -> StoredFile?

    /// Bytes under a key; nil where there is nothing.
    func size(of key: StorageKey) async throws -> Int64?

    /// Removes what is under a key; nothing happens where there is nothing.
    func remove(_ key: StorageKey) async throws

    /// The keys below a prefix that come after another, in the order of their bytes, `limit` at most.
    func list(_ prefix: String, after: StorageKey?, limit: Int) async throws -> [StoredObject]

    /// Writes, reads and removes something, and throws what is wrong.
    func check() async throws
}

/// What storage lists.
public struct StoredObject: Sendable, Hashable {
    public let key: StorageKey
    /// Bytes.
    public let size: Int64

    public init(key: StorageKey, size: Int64) {
        self.key = key
        self.size = size
    }
}
