public import NIOCore
public import PackagingStandards
public import Registry
import Synchronization

/// An upstream that a test writes: pages by name, files by address, failures when it wants them; it remembers all that
/// it was asked.
public final class InMemoryUpstream: Upstream {
    /// The kinds of requests.
    public enum Call: Sendable, Hashable, CaseIterable {
        case page
        case open
        case size
        case check
    }

    /// Something that was asked of the upstream.
    public enum Request: Sendable, Hashable {
        case page(NormalizedName, known: PageValidators?)
        case open(String, range: UpstreamRange?)
        case size(String)
        case check

        /// Its kind.
        public var call: Call {
            switch self {
            case .page: .page
            case .open: .open
            case .size: .size
            case .check: .check
            }
        }
    }

    /// A file as the upstream serves it.
    public struct File: Sendable {
        public var bytes: ByteBuffer
        /// Whether answers state the file's size.
        public var tellsSize: Bool
        /// Whether parts may be asked for; else the whole file is the answer.
        public var servesRanges: Bool
        /// Lets the bodies of whole files out bit by bit; nil for at once.
        public var slowBody: SlowBody?
        /// After how many bytes a body of the whole file breaks off with `.truncated`; nil for never.
        public var breaksAfter: Int64?

        public init(
            _ bytes: ByteBuffer, tellsSize: Bool = true, servesRanges: Bool = true, slowBody: SlowBody? = nil,
            breaksAfter: Int64? = nil
        ) {
            self.bytes = bytes
            self.tellsSize = tellsSize
            self.servesRanges = servesRanges
            self.slowBody = slowBody
            self.breaksAfter = breaksAfter
        }
    }

    private struct Page {
        let page: SimpleProjectPage
        let validity: PageValidity
    }

    private struct State {
        var pages: [NormalizedName: Page] = [:]
        var files: [String: File] = [:]
        var failing: [Call: any Error] = [:]
        var failingNext: [Call: [any Error]] = [:]
        var gates: [Call: TestGate] = [:]
        var requests: [Request] = []
        var bytesSent: Int64 = 0
        var openBodies = 0
    }

    public let id: String
    private let url: String
    private let state = Mutex(State())

    /// Makes an upstream that has nothing.
    ///
    /// - Parameters:
    ///   - id: The name of its section.
    ///   - url: The address of its simple API, with a `/` at its end. Nobody connects to it.
    public init(id: String = "pypi", url: String = "https://upstream.example/simple/") {
        self.id = id
        self.url = url
    }

    // MARK: What it has

    /// Sets a project's page, in the place of the last one.
    ///
    /// - Parameters:
    ///   - page: With absolute addresses.
    ///   - entityTag: The entity tag of the page; nil for none.
    ///   - lastModified: When the page was last modified; nil for none.
    ///   - freshFor: Seconds.
    public func set(
        _ page: SimpleProjectPage, entityTag: String? = nil, lastModified: String? = nil, freshFor: Int64 = 0
    ) {
        guard let name = NormalizedName(page.name) else { return }
        let validators = PageValidators(entityTag: entityTag, lastModified: lastModified)
        let validity = PageValidity(validators: validators, freshFor: freshFor)
        state.withLock { $0.pages[name] = Page(page: page, validity: validity) }
    }

    /// Removes a project: from now on it is unknown.
    public func removePage(of project: NormalizedName) {
        state.withLock { _ = $0.pages.removeValue(forKey: project) }
    }

    /// Sets the file at an address, in the place of the last one.
    public func set(_ file: File, at url: String) {
        state.withLock { $0.files[url] = file }
    }

    /// Sets the bytes at an address.
    public func set(_ bytes: ByteBuffer, at url: String) {
        set(File(bytes), at: url)
    }

    /// Removes the file at an address: from now on it is not found.
    public func removeFile(at url: String) {
        state.withLock { _ = $0.files.removeValue(forKey: url) }
    }

    // MARK: How it fails

    /// Fails every request of these kinds until `heal`.
    public func fail(_ calls: Set<Call> = Set(Call.allCases), with error: any Error) {
        state.withLock { state in
            for call in calls { state.failing[call] = error }
        }
    }

    /// Fails every request of these kinds, for a reason.
    public func fail(_ calls: Set<Call> = Set(Call.allCases), _ reason: UpstreamError.Reason, retryAfter: Int64? = nil)
    {
        fail(calls, with: error(reason, retryAfter: retryAfter))
    }

    /// Fails the next request of a kind; called again, the one after it too.
    public func failNext(_ call: Call, _ reason: UpstreamError.Reason, retryAfter: Int64? = nil) {
        state.withLock { $0.failingNext[call, default: []].append(error(reason, retryAfter: retryAfter)) }
    }

    /// Ends all failing.
    public func heal() {
        state.withLock { state in
            state.failing = [:]
            state.failingNext = [:]
        }
    }

    /// Holds requests of a kind up at a gate, after they were recorded; nil for no gate.
    public func hold(_ call: Call, at gate: TestGate?) {
        state.withLock { $0.gates[call] = gate }
    }

    // MARK: What it was asked

    /// All that was asked, in order, what failed too.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// The projects whose pages were asked for, in order.
    public var askedPages: [NormalizedName] {
        requests.compactMap { request in
            guard case .page(let name, _) = request else { return nil }
            return name
        }
    }

    /// The addresses that were opened, whole or in part, in order.
    public var openedFiles: [String] {
        requests.compactMap { request in
            guard case .open(let url, _) = request else { return nil }
            return url
        }
    }

    /// Returns how many requests of a kind there were.
    public func count(of call: Call) -> Int {
        requests.count { $0.call == call }
    }

    /// Bytes of files that were read from bodies.
    public var bytesSent: Int64 { state.withLock { $0.bytesSent } }

    /// Bodies that were opened and neither read to their end nor dropped.
    public var openBodies: Int { state.withLock { $0.openBodies } }

    /// Forgets what was asked so far.
    public func forgetRequests() {
        state.withLock { state in
            state.requests = []
            state.bytesSent = 0
        }
    }

    // MARK: Upstream

    public func pageURL(of project: NormalizedName) -> String {
        "\(url)\(project)/"
    }

    public func page(of project: NormalizedName, known: PageValidators?) async throws -> UpstreamAnswer {
        try await take(.page(project, known: known))
        guard let found = state.withLock({ $0.pages[project] }) else { return .unknown }
        let validators = found.validity.validators
        if let tag = validators.entityTag, let known, known.entityTag != nil {
            return known.entityTag == tag ? .unchanged(found.validity) : .page(found.page, found.validity)
        }
        if let moment = validators.lastModified, known?.lastModified == moment { return .unchanged(found.validity) }
        return .page(found.page, found.validity)
    }

    public func open(_ url: String, range: UpstreamRange?) async throws -> UpstreamFile {
        try await take(.open(url, range: range))
        let file = try file(at: url)
        let size = Int64(file.bytes.readableBytes)
        let told = file.tellsSize ? size : nil
        guard let range, file.servesRanges else {
            return UpstreamFile(size: told, range: nil, body: body(file, 0..<size, isWhole: true))
        }
        let bytes =
            switch range {
            case .bytes(let bytes): bytes.clamped(to: 0..<size)
            case .last(let count): max(0, size - max(0, count))..<size
            }
        guard !bytes.isEmpty else {
            throw error(.failed, "The upstream does not have this part of the file (416).", retryAfter: nil)
        }
        return UpstreamFile(size: told, range: bytes, body: body(file, bytes, isWhole: false))
    }

    public func size(of url: String) async throws -> Int64? {
        try await take(.size(url))
        let file = try file(at: url)
        return file.tellsSize ? Int64(file.bytes.readableBytes) : nil
    }

    public func check() async throws {
        try await take(.check)
    }

    private func take(_ request: Request) async throws {
        let call = request.call
        let gate = state.withLock { state in
            state.requests.append(request)
            return state.gates[call]
        }
        try await gate?.pass()
        let failure: (any Error)? = state.withLock { state in
            if let next = state.failingNext[call]?.first {
                state.failingNext[call]?.removeFirst()
                return next
            }
            return state.failing[call]
        }
        if let failure { throw failure }
    }

    private func file(at url: String) throws -> File {
        guard let file = state.withLock({ $0.files[url] }) else {
            throw error(.notFound, "The upstream does not have this file.", retryAfter: nil)
        }
        return file
    }

    private func error(
        _ reason: UpstreamError.Reason, _ message: String = "The test wants it so.", retryAfter: Int64?
    ) -> UpstreamError {
        UpstreamError(upstream: id, reason, message, retryAfter: retryAfter)
    }

    private func body(_ file: File, _ range: Range<Int64>, isWhole: Bool) -> InMemoryBody {
        let cut = isWhole ? file.breaksAfter : nil
        let failure = error(.truncated, "The body ended early.", retryAfter: nil)
        state.withLock { $0.openBodies += 1 }
        return InMemoryBody(
            bytes: file.bytes, range: range, slowBody: isWhole ? file.slowBody : nil,
            breaksAt: cut.map { ($0, failure) },
            count: { [weak self] bytes in self?.state.withLock { $0.bytesSent += Int64(bytes) } },
            end: { [weak self] in self?.state.withLock { $0.openBodies -= 1 } })
    }
}
