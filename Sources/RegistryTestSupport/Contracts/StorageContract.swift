public import LocalFiles
public import NIOCore
public import Registry
public import Testing

/// What every storage must keep to, as rules that its tests run one by one:
///
///     @Test("keeps the contract", arguments: StorageContract.rules)
///     func contract(_ rule: StorageContract) async throws {
///         try await rule.check(spool: spool) { try MyStorage(…) }
///     }
///
/// A storage with signed links is given what downloads them, too:
///
///         try await rule.check(spool: spool, following: { link in try await get(link) }) { try MyStorage(…) }
public struct StorageContract: Sendable, CustomTestStringConvertible {
    /// What holds, in words.
    public let testDescription: String
    private let body: @Sendable (Place) async throws -> Void

    /// All rules.
    public static let rules: [StorageContract] = writing + reading + listing + links + races

    init(_ description: String, _ body: @escaping @Sendable (Place) async throws -> Void) {
        testDescription = description
        self.body = body
    }

    /// Checks the rule, and closes the storage.
    ///
    /// - Parameters:
    ///   - spool: An open spool of at least 64 MiB.
    ///   - follow: Downloads a signed link as anyone could; nil for a storage that has none.
    ///   - keepsOpenFiles: Whether an open file stays available when it is replaced or removed, as on a disk; a storage on
    ///     another machine may end the reading then, but never give other bytes.
    ///   - open: Opens the storage; always the same one, which is empty the first time.
    /// - Throws: What the storage throws if it must not.
    public func check(
        spool: Spool, following follow: (@Sendable (_ link: String) async throws -> ByteBuffer)? = nil,
        keepsOpenFiles: Bool = true,
        open: @escaping @Sendable () async throws -> any Storage
    ) async throws {
        let storage = try await open()
        do {
            try await body(
                Place(
                    storage: storage, spool: spool, follow: follow, keepsOpenFiles: keepsOpenFiles, reopen: open))
        } catch {
            await storage.close()
            throw error
        }
        await storage.close()
    }
}

extension StorageContract {
    /// Where a rule is checked.
    struct Place: Sendable {
        let storage: any Storage
        let spool: Spool
        let follow: (@Sendable (String) async throws -> ByteBuffer)?
        let keepsOpenFiles: Bool
        let reopen: @Sendable () async throws -> any Storage

        /// Returns a spooled file of these bytes.
        func spooled(_ bytes: ByteBuffer) async throws -> SpooledFile {
            let writer = try await spool.begin(maxSize: .max)
            try await writer.write(bytes)
            return try await writer.finish()
        }

        /// Returns all bytes under a key, by opening it.
        func read(_ key: StorageKey) async throws -> ByteBuffer? {
            // Where what is open is not kept, it may have been replaced or removed between the two.
            var repeats = keepsOpenFiles ? 0 : 20
            while true {
                do {
                    return try await storage.open(key, wholeUpTo: 0)?.bytes()
                } catch let error as RegistryError where error.code == .internal && repeats > 0 {
                    repeats -= 1
                }
            }
        }

        /// Returns the keys below a prefix, as texts.
        func keys(_ prefix: String) async throws -> [String] {
            try await storage.objects(prefix).map(\.key.description)
        }

        func put(_ text: String, at key: StorageKey) async throws {
            try await storage.put(ByteBuffer(string: text), at: key)
        }
    }

    /// Returns bytes that show their place, so that a piece that is missing or moved is seen.
    static func bytes(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
        var generator = SeededGenerator(seed: seed)
        let block = (0..<120).map { _ in generator.next() as UInt64 }.flatMap { withUnsafeBytes(of: $0, Array.init) }
        var bytes = ByteBufferAllocator().buffer(capacity: count + block.count + 8)
        var number: UInt64 = 0
        while bytes.readableBytes < count {
            bytes.writeInteger(number)
            bytes.writeBytes(block)
            number += 1
        }
        return bytes.getSlice(at: 0, length: count) ?? bytes
    }

    static func key(_ text: String) -> StorageKey {
        StorageKey(listed: text)
    }

    /// Expects a `RegistryError` of a code.
    static func expect(
        _ code: RegistryError.Code, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        from body: () async throws -> Void
    ) async {
        let error = await #expect(throws: RegistryError.self, comment, sourceLocation: sourceLocation) {
            try await body()
        }
        #expect(error?.code == code, comment, sourceLocation: sourceLocation)
    }
}
