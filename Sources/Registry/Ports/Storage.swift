public import LocalFiles
public import NIOCore

/// The place where bytes are kept.
///
/// What a `put` has answered is durable: it survives a power cut at the next instruction. A key holds either all bytes
/// of a put or nothing. Putting the same key again is safe. Each call is one trip to the storage, as far as the storage
/// can do that.
///
/// Errors are `RegistryError`s: `.unavailable` if waiting helps, `.insufficientStorage` if there is no room, and
/// `.internal` for the rest. `StorageContract` in `RegistryTestSupport` checks all that is promised here.
public protocol Storage: Sendable {
    /// Keeps a spooled file under a key, whole and durable.
    ///
    /// The bytes are read through the file's own reader, by offset, and once more if the storage has to try again. A
    /// storage on this machine may link to `SpooledFile.localPath` instead. Throws `.internal`, and leaves the key as it
    /// was, if the file cannot be read to its end.
    func put(_ file: SpooledFile, at key: StorageKey) async throws

    /// Keeps some bytes under a key, whole and durable.
    func put(_ bytes: ByteBuffer, at key: StorageKey) async throws

    /// Keeps several things, each whole and durable: what the two other `put`s do for one, in one trip if the storage
    /// can do that.
    ///
    /// If it throws, each key is as it was or as it should be.
    func put(_ objects: [NewObject]) async throws

    /// Keeps several small things, all of whose bytes can be read when this returns, but without making them durable:
    /// until `sync` has ended, a power cut may leave any part of their bytes, or nothing.
    ///
    /// For keys that never have other bytes. Whoever calls it keeps the bytes elsewhere, and puts them again after a
    /// power cut. What is there with these very bytes is left alone.
    ///
    /// - Returns: False, and nothing was done, if each write of the storage is durable anyway, or outlives this machine:
    ///   then `put` them.
    func putUnsynced(_ objects: [NewObject]) async throws -> Bool

    /// Makes durable what `putUnsynced` has kept; what has been removed since is left out.
    ///
    /// If it throws, nobody knows what would outlive a power cut: put the bytes again.
    func sync(_ keys: [StorageKey]) async throws

    /// Returns all bytes under a key, or nil if there is nothing. Throws `.internal` if there are more than `limit`.
    func get(_ key: StorageKey, limit: Int) async throws -> ByteBuffer?

    /// Opens what is under a key: whole, as bytes, if it has at most `limit` of them, else for reading. Returns nil if
    /// there is nothing.
    func open(_ key: StorageKey, wholeUpTo limit: Int) async throws -> OpenedObject?

    /// Returns the number of bytes under a key, or nil if there is nothing.
    func size(of key: StorageKey) async throws -> Int64?

    /// Removes what is under a key; does nothing if there is nothing.
    func remove(_ key: StorageKey) async throws

    /// Lists the keys that begin with a prefix, in the order of their bytes, page by page.
    ///
    /// A key that is there from the first page to the last is listed exactly once. One that is put or removed meanwhile
    /// is listed once or not at all.
    ///
    /// - Parameters:
    ///   - prefix: How the keys begin; need not end at a `/`.
    ///   - cursor: Where the page begins: nil for the first one, else `next` of a page of the same prefix. It stays good
    ///     if what it was made from is removed, and in another process.
    ///   - limit: The most keys of the page; what is out of `1...StoragePage.maximumCount` is taken as the nearest bound.
    /// - Returns: The page, which may have fewer keys than the limit, even none, although there are more pages.
    /// - Throws: `.internal` for a cursor that the storage did not make, if it can see that.
    func list(_ prefix: String, from cursor: StorageCursor?, limit: Int) async throws -> StoragePage

    /// Returns an address from which anyone can download what is under a key, without credentials, for as long as
    /// `duration`; nil if the storage has no such links, such as a folder.
    ///
    /// A storage may give out the same link again, as long as half of that time is left: clients know a file by its address.
    ///
    /// A link serves exactly the bytes under the key. Making one need not check whether there are any: a link to
    /// nothing answers an error to those who follow it.
    func signedLink(to key: StorageKey, for duration: Duration) async throws -> String?

    /// Writes, reads and removes something; throws if that fails.
    func check() async throws

    /// Ends the work with the storage: no call may follow, except this one again. Whoever opened it closes it; what was
    /// put stays.
    func close() async
}

extension Storage {
    /// Keeps one thing after the other.
    public func put(_ objects: [NewObject]) async throws {
        for object in objects {
            switch object.contents {
            case .file(let file): try await put(file, at: object.key)
            case .bytes(let bytes): try await put(bytes, at: object.key)
            }
        }
    }

    public func putUnsynced(_ objects: [NewObject]) async throws -> Bool { false }

    public func sync(_ keys: [StorageKey]) async throws {}
}

/// Something to be kept under a key.
public struct NewObject: Sendable {
    /// The bytes, wherever they are.
    public enum Contents: Sendable {
        case file(SpooledFile)
        case bytes(ByteBuffer)
    }

    public let key: StorageKey
    public let contents: Contents

    public init(_ file: SpooledFile, at key: StorageKey) {
        self.key = key
        contents = .file(file)
    }

    public init(_ bytes: ByteBuffer, at key: StorageKey) {
        self.key = key
        contents = .bytes(bytes)
    }

    /// Bytes.
    public var size: Int64 {
        switch contents {
        case .file(let file): file.size
        case .bytes(let bytes): Int64(bytes.readableBytes)
        }
    }
}

/// What storage has opened.
public enum OpenedObject: Sendable {
    /// All bytes of something small.
    case whole(ByteBuffer)
    /// Something larger, to be read.
    case file(StoredFile)

    /// Bytes.
    public var size: Int64 {
        switch self {
        case .whole(let bytes): Int64(bytes.readableBytes)
        case .file(let file): file.size
        }
    }
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

/// A page of the keys that storage lists.
public struct StoragePage: Sendable, Hashable {
    /// The most keys of a page.
    public static let maximumCount = 1000

    /// In the order of the keys' bytes.
    public let objects: [StoredObject]
    /// Where the next page begins; nil if this is the last one.
    public let next: StorageCursor?

    public init(objects: [StoredObject], next: StorageCursor?) {
        self.objects = objects
        self.next = next
    }
}

/// A place in a listing, which only the storage that made it understands.
public struct StorageCursor: Sendable, Hashable {
    public let text: String

    public init(text: String) {
        self.text = text
    }
}

extension Storage {
    /// Hands each page of the keys that begin with a prefix to `body`, in order.
    ///
    /// - Throws: What the storage throws, and what `body` does, which ends the listing.
    public func forEachPage(of prefix: String, _ body: ([StoredObject]) async throws -> Void) async throws {
        var cursor: StorageCursor?
        repeat {
            let page = try await list(prefix, from: cursor, limit: StoragePage.maximumCount)
            if !page.objects.isEmpty { try await body(page.objects) }
            cursor = page.next
        } while cursor != nil
    }
}

/// A file that storage has opened.
///
/// An open file of this machine stays available even if it is removed. A stream ends with an error then, if its storage
/// cannot keep what is open; it never has the bytes of another file.
public struct StoredFile: Sendable {
    /// The way to the bytes.
    public enum Contents: Sendable {
        /// An open file of this machine.
        case descriptor(OpenFile)
        /// A stream of a range, from another machine; throws if the storage cannot begin with it.
        case stream(@Sendable (Range<Int64>) async throws -> AsyncThrowingStream<ByteBuffer, any Error>)
    }

    /// Bytes.
    public let size: Int64
    public let contents: Contents

    public init(size: Int64, contents: Contents) {
        self.size = size
        self.contents = contents
    }
}
