public import NIOCore
public import PackagingStandards
import Synchronization

/// Rendered pages in memory, up to a bound of bytes; the least recently used leave first.
///
/// The change that makes a page stale drops it before that change is answered. A page whose rendering began before such
/// a change goes to those who asked before it, and is not kept. Concurrent requests share a rendering.
public final class PageCache: Sendable {
    fileprivate struct Rendering {
        let id: UInt64
        let task: Task<RenderedPage?, any Error>
    }

    private enum Found {
        case page(RenderedPage)
        case rendering(Rendering)
    }

    fileprivate struct State {
        var pages: LeastRecentlyUsed<PageKey, RenderedPage>
        var renderings: [PageKey: Rendering] = [:]
        /// The keys of pages and renderings, by what makes them stale; nil for any project of the index.
        var dependents: [Dependency: Set<PageKey>] = [:]
        var nextID: UInt64 = 0
    }

    fileprivate struct Dependency: Hashable {
        let index: IndexName
        let project: NormalizedName?
    }

    private let state: Mutex<State>

    /// Makes an empty cache of at most `capacity` bytes; 0 keeps nothing.
    public init(capacity: Int) {
        self.state = Mutex(State(pages: LeastRecentlyUsed(capacity: capacity)))
    }

    /// The bytes in memory now.
    public var size: Int { state.withLock { $0.pages.cost } }

    /// Returns the page of a key if it is in memory and still good. Never blocks: called on event loops.
    public func kept(_ key: PageKey, now: Timestamp) -> RenderedPage? {
        state.withLock { $0.pages.use(key) }.flatMap { $0.isGood(at: now) ? $0 : nil }
    }

    /// Returns the page of a key, rendered if it is not in memory, or nil if there is none.
    ///
    /// `render` makes the page from the database; it runs once for all who ask meanwhile.
    func page(
        _ key: PageKey, now: Timestamp, render: @escaping @Sendable () async throws -> RenderedPage?
    ) async throws -> RenderedPage? {
        let found: Found = state.withLock { state in
            if let page = state.pages.use(key), page.isGood(at: now) { return .page(page) }
            if let running = state.renderings[key] { return .rendering(running) }
            state.nextID += 1
            let id = state.nextID
            let task = Task { [self] in
                do {
                    let page = try await render()
                    finish(id, key, page)
                    return page
                } catch {
                    finish(id, key, nil)
                    throw error
                }
            }
            let rendering = Rendering(id: id, task: task)
            state.renderings[key] = rendering
            state.dependents[Dependency(key), default: []].insert(key)
            return .rendering(rendering)
        }
        switch found {
        case .page(let page): return page
        case .rendering(let rendering): return try await rendering.task.value
        }
    }

    /// Claims the making of a page's variant. Returns true to one caller, and only while that page is in memory.
    func claim(_ encoding: RenderedPage.Encoding, of page: RenderedPage, for key: PageKey) -> Bool {
        state.withLock { state in
            guard let kept = state.pages.peek(key), kept.identity.entityTag == page.identity.entityTag,
                case .notMade? = kept.variant(encoding)
            else { return false }
            state.keep(kept.with(.beingMade, for: encoding), for: key)
            return true
        }
    }

    /// Keeps the variant of a page, if that page is still in memory.
    func set(
        _ variant: RenderedPage.Variant, _ encoding: RenderedPage.Encoding, of page: RenderedPage, for key: PageKey
    ) {
        state.withLock { state in
            guard let kept = state.pages.peek(key), kept.identity.entityTag == page.identity.entityTag else { return }
            state.keep(kept.with(variant, for: encoding), for: key)
        }
    }

    /// Drops every page that depends on a project.
    public func drop(_ project: NormalizedName, in index: IndexName) {
        state.withLock { state in
            state.drop(Dependency(index: index, project: project))
            state.drop(Dependency(index: index, project: nil))
        }
    }

    /// Drops every page.
    public func dropAll() {
        state.withLock { state in
            state.pages.removeAll()
            state.renderings.removeAll()
            state.dependents.removeAll()
        }
    }

    private func finish(_ id: UInt64, _ key: PageKey, _ page: RenderedPage?) {
        state.withLock { state in
            guard state.renderings[key]?.id == id else { return }
            state.renderings[key] = nil
            if let page { state.keep(page, for: key) } else { state.forget(key) }
        }
    }
}

extension PageCache.State {
    fileprivate mutating func drop(_ dependency: PageCache.Dependency) {
        for key in dependents.removeValue(forKey: dependency) ?? [] {
            pages.remove(key)
            renderings[key] = nil
        }
    }

    fileprivate mutating func keep(_ page: RenderedPage, for key: PageKey) {
        for (key, _) in pages.insert(page, for: key, cost: page.cost) where renderings[key] == nil { forget(key) }
    }

    fileprivate mutating func forget(_ key: PageKey) {
        let dependency = PageCache.Dependency(key)
        dependents[dependency]?.remove(key)
        if dependents[dependency]?.isEmpty == true { dependents[dependency] = nil }
    }
}

extension RenderedPage {
    fileprivate func isGood(at now: Timestamp) -> Bool {
        goodUntil.map { now < $0 } ?? true
    }
}

extension PageCache.Dependency {
    fileprivate init(_ key: PageKey) {
        self.init(index: key.index, project: key.subject.project)
    }
}

/// All that a rendered page depends on, except the content, which changes.
public struct PageKey: Hashable, Sendable {
    /// The subject of a page.
    public enum Subject: Hashable, Sendable {
        /// The list of the projects that the caller may read.
        case projectList
        case project(NormalizedName)
        /// The JSON API's page of a project, or of one version of it in its canonical variant, with links that begin with
        /// the index's absolute address.
        case projectJSON(NormalizedName, version: String?, indexURL: String)
        /// The provenance of a file of a project.
        case provenance(NormalizedName, filename: String)

        /// The project that the page is about; nil for a list of projects.
        var project: NormalizedName? {
            switch self {
            case .projectList: nil
            case .project(let name), .projectJSON(let name, _, _), .provenance(let name, _): name
            }
        }
    }

    /// How a page is written.
    public enum Format: Hashable, Sendable {
        case json
        case html
    }

    public let index: IndexName
    public let subject: Subject
    public let format: Format
    /// What distinguishes the caller from others who see another page.
    fileprivate var view = CallerView.everything

    public init(index: IndexName, subject: Subject, format: Format) {
        self.index = index
        self.subject = subject
        self.format = format
    }

    /// Returns the key of the page that callers with a view see.
    func seen(by view: CallerView) -> PageKey {
        var key = self
        key.view = view
        return key
    }
}

/// A page as bytes, with the compressed forms made of it so far.
public struct RenderedPage: Sendable {
    /// A content coding (RFC 9110 §8.4.1).
    public enum Encoding: String, Sendable, CaseIterable {
        case identity
        case gzip
        case zstd
    }

    /// The bytes of one coding, and their strong entity tag (RFC 9110 §8.8.3), quotes included.
    public struct Body: Sendable {
        public let bytes: ByteBuffer
        public let entityTag: String
    }

    /// The state of a compressed format.
    enum Variant: Sendable {
        /// Nobody has requested it.
        case notMade
        case beingMade
        /// It would not be smaller than the page.
        case useless
        case made(Body)
    }

    /// The page as it is.
    public let identity: Body
    private var gzip = Variant.notMade
    private var zstd = Variant.notMade
    /// The serial of the project, or of the index for a list.
    public let serial: Int64
    /// The moment until which the page is good without a change: an upstream's page is fresh until then, or a policy
    /// has another verdict from then on. Nil for no end.
    public let goodUntil: Timestamp?

    init(_ bytes: ByteBuffer, serial: Int64, goodUntil: Timestamp? = nil) {
        let hex = BLAKE2b.hexDigest256(of: bytes).prefix(32)
        self.identity = Body(bytes: bytes, entityTag: "\"\(hex)\"")
        self.serial = serial
        self.goodUntil = goodUntil
        if bytes.readableBytes < Self.leastCompressed {
            gzip = .useless
            zstd = .useless
        }
    }

    /// Returns the body in a coding, or as it is if that coding is not made (yet).
    public func body(_ encoding: Encoding) -> (body: Body, encoding: Encoding) {
        if case .made(let body)? = variant(encoding) { return (body, encoding) }
        return (identity, .identity)
    }

    /// Returns whether the body in a coding is final: no compression could still improve it.
    public func isSettled(_ encoding: Encoding) -> Bool {
        switch variant(encoding) {
        case .notMade, .beingMade: false
        case .useless, .made, nil: true
        }
    }

    /// Whether a compressed variant is being made.
    public var isBeingCompressed: Bool {
        Encoding.allCases.contains { if case .beingMade? = variant($0) { true } else { false } }
    }

    /// Returns the form of a coding, or nil for the page as it is.
    fileprivate func variant(_ encoding: Encoding) -> Variant? {
        switch encoding {
        case .identity: nil
        case .gzip: gzip
        case .zstd: zstd
        }
    }

    /// Returns the entity tag of a coding of this content, made already or not.
    public func entityTag(of encoding: Encoding) -> String {
        guard encoding != .identity else { return identity.entityTag }
        return identity.entityTag.dropLast() + "-\(encoding.rawValue)\""
    }

    /// Pages of fewer bytes are not worth compressing.
    private static let leastCompressed = 256

    /// The bytes that the page and its forms take.
    fileprivate var cost: Int {
        Encoding.allCases.reduce(identity.bytes.readableBytes + 512) { cost, encoding in
            if case .made(let body)? = variant(encoding) { cost + body.bytes.readableBytes } else { cost }
        }
    }

    /// Makes the compressed variant of a coding; returns nil for the page as it is. Computes for long.
    func makeVariant(_ encoding: Encoding) throws -> Variant? {
        let bytes: ByteBuffer
        switch encoding {
        case .identity: return nil
        case .gzip: bytes = try Compression.gzip(identity.bytes, level: 6)
        case .zstd: bytes = try Compression.zstd(identity.bytes, level: 3)
        }
        guard bytes.readableBytes < identity.bytes.readableBytes else { return .useless }
        return .made(Body(bytes: bytes, entityTag: entityTag(of: encoding)))
    }

    /// Returns the page with another form of a coding.
    fileprivate func with(_ variant: Variant, for encoding: Encoding) -> RenderedPage {
        var page = self
        switch encoding {
        case .identity: break
        case .gzip: page.gzip = variant
        case .zstd: page.zstd = variant
        }
        return page
    }
}
