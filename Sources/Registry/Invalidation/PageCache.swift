public import PackagingStandards
import Synchronization

/// Rendered pages, kept under a bound of bytes, the least recently used leaving first.
///
/// A page is dropped by the change that makes it stale, before that change is answered. A page whose rendering began
/// before such a change is handed to those who asked before it, but never kept. Concurrent requests share a rendering.
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
        /// The keys of kept pages and of renderings, by what makes them stale; nil for any project of the index.
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

    /// The bytes that are kept now.
    public var size: Int { state.withLock { $0.pages.cost } }

    /// The page of a key, where it is kept and still good. Never blocks: called on event loops.
    public func kept(_ key: PageKey, now: Timestamp) -> RenderedPage? {
        state.withLock { $0.pages.use(key) }.flatMap { $0.isGood(at: now) ? $0 : nil }
    }

    /// The page of a key, rendered where it is not kept; nil if there is no such thing.
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

    /// Takes the making of a page's form on: true for one caller, and only while that page is kept.
    func claim(_ encoding: RenderedPage.Encoding, of page: RenderedPage, for key: PageKey) -> Bool {
        state.withLock { state in
            guard let kept = state.pages.peek(key), kept.identity.entityTag == page.identity.entityTag,
                case .notMade? = kept.form(encoding)
            else { return false }
            state.keep(kept.with(.beingMade, for: encoding), for: key)
            return true
        }
    }

    /// Keeps the form of a page, if that page is still what is kept.
    func set(_ form: RenderedPage.Form, _ encoding: RenderedPage.Encoding, of page: RenderedPage, for key: PageKey) {
        state.withLock { state in
            guard let kept = state.pages.peek(key), kept.identity.entityTag == page.identity.entityTag else { return }
            state.keep(kept.with(form, for: encoding), for: key)
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
