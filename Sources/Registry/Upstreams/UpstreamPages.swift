import Logging
import PackagingStandards
import Synchronization

/// The pages of upstreams, followed: kept while they are fresh, asked for again when they are not, used while the
/// upstream fails, and asked for once however many want them.
final class UpstreamPages: Sendable {
    struct Key: Hashable, Sendable {
        let upstream: String
        let project: NormalizedName
    }

    /// What follows when a page has become another one; the old one is nil where none was kept.
    typealias Follow = @Sendable (_ key: Key, _ old: SimpleProjectPage?, _ new: SimpleProjectPage) async throws -> Void

    private enum Found {
        case page(FollowedPage)
        case unknown
        case nothing
    }

    private struct State {
        /// Parsed pages; a file costs 1, and so does a page.
        var pages = LeastRecentlyUsed<Key, FollowedPage>(capacity: 60_000)
        /// The projects that an upstream does not have, and until when that is believed.
        var unknown = LeastRecentlyUsed<Key, Timestamp>(capacity: 20_000)

        mutating func keep(_ page: FollowedPage, _ key: Key) {
            unknown.remove(key)
            _ = pages.insert(page, for: key, cost: page.files.count + 1)
        }
    }

    /// How long a page that could not be refreshed is used before the upstream is asked for it again, in microseconds.
    static let restAfterFailure: Int64 = 30 * 1_000_000
    /// The longest time for which a page is fresh, whatever the upstream says, in seconds.
    private static let longestFreshness: Int64 = 24 * 3600

    private let database: any Database
    private let settings: [String: UpstreamSettings]
    private let clock: Clock
    private let logger: Logger
    private let metrics: RegistryMetrics
    private let follow: Follow
    private let state = Mutex(State())
    private let fetches = SharedTasks<Key, FollowedPage?>()

    init(
        database: any Database, settings: [String: UpstreamSettings], clock: Clock, logger: Logger,
        metrics: RegistryMetrics, follow: @escaping Follow
    ) {
        self.database = database
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.follow = follow
    }

    /// The page of a project; nil where the upstream definitely does not have it.
    ///
    /// Throws `.unavailable` where the upstream fails and no copy may be used. A caller who leaves does not stop the
    /// fetch that others wait for.
    func page(of project: NormalizedName, from upstream: any Upstream) async throws -> FollowedPage? {
        let key = Key(upstream: upstream.id, project: project)
        switch find(key) {
        case .page(let page):
            metrics.upstreamPages.increment(.hit)
            return page
        case .unknown: return nil
        case .nothing: return try await fetches.value(for: key) { try await self.refreshed(key, upstream) }
        }
    }

    /// Notes what has been pinned of a file, so that pages tell it from now on.
    func note(_ pin: UpstreamPin, of project: NormalizedName, upstream: String) {
        let key = Key(upstream: upstream, project: project)
        state.withLock { state in
            state.pages.update(key) { $0.pins[pin.filename] = pin }
        }
    }

    /// Forgets what is in memory of a project: the next use reads it from the database.
    func forget(_ project: NormalizedName) {
        state.withLock { state in
            for upstream in settings.keys { state.pages.remove(Key(upstream: upstream, project: project)) }
        }
    }

    private func find(_ key: Key) -> Found {
        let now = clock.now()
        return state.withLock { state in
            if let page = state.pages.use(key), page.goodUntil > now { return .page(page) }
            if let until = state.unknown.use(key) {
                if until > now { return .unknown }
                state.unknown.remove(key)
            }
            return .nothing
        }
    }

    private func refreshed(_ key: Key, _ upstream: any Upstream) async throws -> FollowedPage? {
        let stored = try await database.upstreamPage(of: key.project, from: key.upstream)
        if let stored, stored.freshUntil > clock.now() {
            return try await keep(
                stored, fetchedAt: stored.fetchedAt, goodUntil: stored.freshUntil, isStale: false, key)
        }
        do {
            switch try await upstream.page(of: key.project, known: stored?.validators) {
            case .page(let page, let validity): return try await replace(stored, by: page, validity, key)
            case .unchanged(let validity):
                guard let stored else { throw UpstreamError(unaskedUnchanged: key.upstream) }
                metrics.upstreamPages.increment(.unchanged)
                return try await renew(stored, validity, key)
            case .unknown: return try await lose(stored, key)
            }
        } catch let error as UpstreamError {
            return try await stale(stored, after: error, key)
        }
    }

    private func replace(
        _ stored: StoredUpstreamPage?, by page: SimpleProjectPage, _ validity: PageValidity, _ key: Key
    ) async throws -> FollowedPage {
        let text = page.storedText
        if let stored, stored.body == text {
            // Upstreams without validators send all of it each time.
            metrics.upstreamPages.increment(.fetched)
            return try await renew(stored, validity, key)
        }
        let now = clock.now()
        let old = stored.flatMap { try? $0.parsed() }
        var pins = try await database.pins(of: key.project, from: key.upstream)
        let sightings = Self.sightings(in: page, old: old, pins: pins, now: now)
        let new = StoredUpstreamPage(
            upstream: key.upstream, project: key.project, validators: validity.validators, fetchedAt: now,
            freshUntil: freshUntil(validity, key, now), body: text)
        try await database.keepUpstreamPage(new, pins: sightings)
        for pin in sightings { pins[pin.filename] = pin }
        metrics.upstreamPages.increment(.fetched)
        if old != page { try await follow(key, old, page) }
        let followed = FollowedPage(
            content: FollowedPage.Content(page, of: key.project), fetchedAt: now, goodUntil: new.freshUntil,
            isStale: false, pins: pins)
        state.withLock { $0.keep(followed, key) }
        return followed
    }

    /// The stored page, which the upstream has just said again.
    private func renew(
        _ stored: StoredUpstreamPage, _ validity: PageValidity, _ key: Key
    ) async throws -> FollowedPage {
        let now = clock.now()
        let until = freshUntil(validity, key, now)
        try await database.renewUpstreamPage(
            of: key.project, from: key.upstream, fetchedBefore: stored.fetchedAt, validators: validity.validators,
            fetchedAt: now, freshUntil: until)
        return try await keep(stored, fetchedAt: now, goodUntil: until, isStale: false, key)
    }

    private func lose(_ stored: StoredUpstreamPage?, _ key: Key) async throws -> FollowedPage? {
        if stored != nil { try await database.forgetUpstreamPage(of: key.project, from: key.upstream) }
        metrics.upstreamPages.increment(.unknown)
        let until = clock.now().adding(microseconds: (settings[key.upstream]?.unknownFor ?? 60) * 1_000_000)
        state.withLock { state in
            state.pages.remove(key)
            _ = state.unknown.insert(until, for: key, cost: 1)
        }
        return nil
    }

    /// The kept copy where it may still be used.
    private func stale(
        _ stored: StoredUpstreamPage?, after error: UpstreamError, _ key: Key
    ) async throws -> FollowedPage {
        let now = clock.now()
        let maxStale = (settings[key.upstream]?.maxStale ?? 0) * 1_000_000
        guard let stored, now.microseconds - stored.fetchedAt.microseconds <= maxStale else {
            metrics.upstreamPages.increment(.failed)
            throw RegistryError(upstreamFailure: error)
        }
        metrics.upstreamPages.increment(.stale)
        logger.warning(
            "an upstream fails: a stale page is served",
            metadata: [
                "upstream": "\(key.upstream)", "project": "\(key.project)", "error": "\(error)",
                "fetched": "\(stored.fetchedAt.iso8601)",
            ])
        let rest = min(now.microseconds + Self.restAfterFailure, stored.fetchedAt.microseconds + maxStale + 1)
        return try await keep(
            stored, fetchedAt: stored.fetchedAt, goodUntil: Timestamp(microseconds: rest), isStale: true, key)
    }

    /// The stored page with other times: from memory where the page that is kept there is this one. Of what other
    /// processes have learned of its files since, the database knows; nothing relies on memory alone.
    private func keep(
        _ stored: StoredUpstreamPage, fetchedAt: Timestamp, goodUntil: Timestamp, isStale: Bool, _ key: Key
    ) async throws -> FollowedPage {
        let reused = state.withLock { state -> FollowedPage? in
            guard let kept = state.pages.peek(key), kept.fetchedAt == stored.fetchedAt else { return nil }
            let page = FollowedPage(
                content: kept.content, fetchedAt: fetchedAt, goodUntil: goodUntil, isStale: isStale, pins: kept.pins)
            state.keep(page, key)
            return page
        }
        if let reused { return reused }
        let content = try Self.content(of: stored)
        let pins = try await database.pins(of: key.project, from: key.upstream)
        let page = FollowedPage(
            content: content, fetchedAt: fetchedAt, goodUntil: goodUntil, isStale: isStale, pins: pins)
        state.withLock { $0.keep(page, key) }
        return page
    }

    private static func content(of stored: StoredUpstreamPage) throws -> FollowedPage.Content {
        do {
            return FollowedPage.Content(try stored.parsed(), of: stored.project)
        } catch {
            throw RegistryError(
                .internal, "The kept page of \(stored.project) from \(stored.upstream) cannot be read.", cause: error)
        }
    }

    private func freshUntil(_ validity: PageValidity, _ key: Key, _ now: Timestamp) -> Timestamp {
        let least = settings[key.upstream]?.minFresh ?? 600
        let seconds = min(max(validity.freshFor, least), max(least, Self.longestFreshness))
        return now.adding(microseconds: seconds * 1_000_000)
    }

    /// The files whose first sight must be remembered: those without an upload-time that were not seen before, and those
    /// that have another digest than before.
    private static func sightings(
        in page: SimpleProjectPage, old: SimpleProjectPage?, pins: [String: UpstreamPin], now: Timestamp
    ) -> [UpstreamPin] {
        var oldDigests: [String: String] = [:]
        for file in old?.files ?? [] { oldDigests[file.filename] = file.sha256 }
        return page.files.compactMap { file in
            let digest = file.sha256
            let before = pins[file.filename]?.sha256?.description ?? oldDigests[file.filename]
            let isChanged = digest != nil && before != nil && digest != before
            let isNew = file.uploadTime == nil && pins[file.filename] == nil
            guard isChanged || isNew else { return nil }
            return UpstreamPin(
                filename: file.filename, sha256: digest.flatMap { SHA256Digest(hex: $0) }, firstSeenAt: now)
        }
    }
}

extension UpstreamError {
    /// An answer that nothing has changed, to a request that did not ask that.
    fileprivate init(unaskedUnchanged upstream: String) {
        self.init(upstream: upstream, .malformed, "The upstream says that a page is unchanged which nobody has.")
    }
}
