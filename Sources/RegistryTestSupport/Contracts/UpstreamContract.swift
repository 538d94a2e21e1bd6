public import NIOCore
public import PackagingStandards
public import Registry
public import Testing

/// What every upstream must keep to, as rules that its tests run one by one:
///
///     @Test("keeps the contract", arguments: UpstreamContract.rules)
///     func contract(_ rule: UpstreamContract) async throws {
///         try await rule.check { site, body in
///             // Serve the site, and call `body` with an upstream that reads it.
///         }
///     }
public struct UpstreamContract: Sendable, CustomTestStringConvertible {
    /// Calls a rule's body with an upstream that reads a site, and the address below which the site's files lie.
    public typealias Serving =
        @Sendable (Site, @escaping @Sendable (any Upstream, _ filesURL: String) async throws -> Void) async throws ->
        Void

    /// What holds, in words.
    public let testDescription: String
    private let body: @Sendable (Serving) async throws -> Void

    /// All rules.
    public static let rules: [UpstreamContract] = pages + files

    init(_ description: String, _ body: @escaping @Sendable (Serving) async throws -> Void) {
        testDescription = description
        self.body = body
    }

    /// Checks the rule.
    ///
    /// - Throws: What the upstream throws if it must not.
    public func check(_ serving: Serving) async throws {
        try await body(serving)
    }
}

extension UpstreamContract {
    /// What an upstream of a test has.
    public struct Site: Sendable {
        /// A project's page.
        public struct Page: Sendable {
            /// The addresses of its files are their names, below the files' address.
            public var page: SimpleProjectPage
            public var entityTag: String?
            public var lastModified: String?
            /// Seconds.
            public var freshFor: Int64

            init(_ page: SimpleProjectPage, entityTag: String? = nil, lastModified: String? = nil, freshFor: Int64 = 0)
            {
                self.page = page
                self.entityTag = entityTag
                self.lastModified = lastModified
                self.freshFor = freshFor
            }

            /// Returns the page with absolute addresses.
            public func page(filesURL: String) -> SimpleProjectPage {
                var page = page
                for place in page.files.indices { page.files[place].url = filesURL + page.files[place].url }
                return page
            }
        }

        public var pages: [Page] = []
        /// Files by name.
        public var files: [String: ByteBuffer] = [:]
        /// Whether parts of files are available.
        public var servesRanges = true
        /// Whether answers state the sizes of files.
        public var tellsSizes = true
    }

    static let alpha = SimpleProjectPage(
        name: "alpha",
        files: [
            SimpleFile(
                filename: "alpha-1.0-py3-none-any.whl", url: "alpha-1.0-py3-none-any.whl",
                sha256: String(repeating: "a1", count: 32), requiresPython: ">=3.8", size: 1000,
                uploadTime: Timestamp(microseconds: 1_700_000_000_123_456), yanked: .yes(reason: "broken"),
                coreMetadata: .sha256(String(repeating: "b2", count: 32))),
            SimpleFile(
                filename: "alpha-2.0.tar.gz", url: "alpha-2.0.tar.gz", sha256: String(repeating: "c3", count: 32),
                size: 2000, uploadTime: nil),
        ],
        versions: ["1.0", "2.0"], lastSerial: 7)

    static func name(_ text: String) throws -> NormalizedName {
        try #require(NormalizedName(text))
    }

    /// Expects an `UpstreamError` of a reason, which names the upstream.
    static func expect(
        _ reason: UpstreamError.Reason, of upstream: any Upstream, sourceLocation: SourceLocation = #_sourceLocation,
        from body: () async throws -> Void
    ) async {
        let error = await #expect(throws: UpstreamError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.reason == reason, sourceLocation: sourceLocation)
        #expect(error?.upstream == upstream.id, sourceLocation: sourceLocation)
    }
}

extension UpstreamFile {
    /// Returns all bytes of the body: for tests, which hold files in memory.
    public func bytes() async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        for try await var chunk in body { bytes.writeBuffer(&chunk) }
        return bytes
    }
}
