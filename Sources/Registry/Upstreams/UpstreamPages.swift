import Logging
import NIOCore
import PackagingStandards
import Synchronization

/// Follows the pages of upstreams: keeps each while it is fresh, requests it again afterwards, once for all who ask,
/// and uses the kept copy while the upstream fails.
final class UpstreamPages: Sendable {
    struct Key: Hashable, Sendable {
        let upstream: String
        let project: NormalizedName
    }

    /// A page in the database: how current it is, what it says, and the pins of its files.
    private struct Kept {
        var state: UpstreamPageState
        let content: FollowedPage.Content
        let pins: [String: UpstreamPin]
    }

    private enum Found {
        case page(FollowedPage)
        case unknown
        case nothing
    }

    private struct State {
        /// Parsed pages; a file costs 1, and so does a page.
        var pages = LeastRecentlyUsed<Key, FollowedPage>(capacity: 60_000)
        /// The projects that an upstream does not have, and until when it is not asked again.
        var unknown = LeastRecentlyUsed<Key, Timestamp>(capacity: 20_000)

        mutating func keep(_ page: FollowedPage, _ key: Key) {
            unknown.remove(key)
            _ = pages.insert(page, for: key, cost: page.files.count + 1)
        }
    }

    /// How long a page that could not be refreshed is used before the upstream is asked again, in microseconds.
    static let restAfterFailure: Int64 = 30 * 1_000_000
    /// The longest time for which a page is fresh, whatever the upstream says, in seconds.
    private static let longestFreshness: Int64 = 24 * 3600

    private let database: any UpstreamDatabase
    private let settings: [String: UpstreamSettings]
    private let clock: WallClock
    private let logger: Logger
    private let metrics: RegistryMetrics
    private let indexes: Indexes
    private let invalidation: Invalidation
    private let slots: [String: FetchSlots]
    private let state = Mutex(State())
    private let fetches = SharedTasks<Key, FollowedPage?>()

    init(
        database: any UpstreamDatabase, settings: [String: UpstreamSettings], clock: WallClock, logger: Logger,
        metrics: RegistryMetrics, limits: FetchLimits, indexes: Indexes, invalidation: Invalidation
    ) {
        slots = settings.mapValues { _ in FetchSlots(count: limits.maxPages, maxWaiting: limits.maxWaiting) }
        self.database = database
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        self.indexes = indexes
        self.invalidation = invalidation
    }

    /// Returns the page of a project, or nil if the upstream definitely does not have it.
    ///
    /// Throws `.unavailable` if the upstream fails and no copy may be used. A caller who leaves does not stop the fetch
    /// that others wait for.
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

    /// Returns the page of a project in memory, fresh or not, or nil if there is none.
    func latest(of project: NormalizedName, upstream: String) -> FollowedPage? {
        state.withLock { $0.pages.peek(Key(upstream: upstream, project: project)) }
    }

    /// Notes the pin of a file, so that pages show it from now on.
    func note(_ pin: UpstreamPin, of project: NormalizedName, upstream: String) {
        let key = Key(upstream: upstream, project: project)
        state.withLock { state in
            state.pages.update(key) { $0.pins[pin.filename] = pin }
        }
    }

    /// Forgets the pages of a project in memory: the next use reads them from the database.
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
        let kept = try await kept(key)
        if let kept, kept.state.freshUntil > clock.now() {
            return use(kept, until: kept.state.freshUntil, isStale: false, key)
        }
        do {
            switch try await ask(upstream, key, kept?.state.validators) {
            case .page(let page, let validity): return try await replace(kept, by: page, validity, key)
            case .unchanged(let validity):
                guard let kept else { throw UpstreamError(unaskedUnchanged: key.upstream) }
                metrics.upstreamPages.increment(.unchanged)
                return try await renew(kept, validity, key)
            case .unknown: return try await lose(kept, key)
            }
        } catch let error as UpstreamError {
            return try stale(kept, after: error, key)
        }
    }

    /// Asks the upstream in turn; a full queue is no failure of the upstream.
    private func ask(_ upstream: any Upstream, _ key: Key, _ known: PageValidators?) async throws -> UpstreamAnswer {
        guard let slots = slots[key.upstream] else { return try await upstream.page(of: key.project, known: known) }
        do {
            return try await slots.run { try await upstream.page(of: key.project, known: known) }
        } catch is QueueFull {
            throw UpstreamError(
                upstream: key.upstream, .busy, "Too many requests wait for its pages.",
                retryAfter: 1)
        }
    }

    /// Returns the page in the database, from memory if it is the same one, or nil if there is none.
    private func kept(_ key: Key) async throws -> Kept? {
        guard let current = try await database.upstreamPageState(of: key.project, from: key.upstream) else {
            return nil
        }
        if let page = state.withLock({ $0.pages.peek(key) }), page.fetchedAt == current.fetchedAt {
            return Kept(state: current, content: page.content, pins: page.pins)
        }
        guard let stored = try await database.upstreamPage(of: key.project, from: key.upstream) else { return nil }
        let content: FollowedPage.Content
        do {
            content = FollowedPage.Content(try stored.parsed(), of: stored.project)
        } catch {
            logger.error(
                "the kept page of an upstream cannot be read: it is fetched again",
                metadata: ["upstream": "\(key.upstream)", "project": "\(key.project)", "error": "\(error)"])
            return nil
        }
        let pins = try await database.pins(of: key.project, from: key.upstream)
        return Kept(state: stored.state, content: content, pins: pins)
    }

    private func replace(
        _ kept: Kept?, by page: SimpleProjectPage, _ validity: PageValidity, _ key: Key
    ) async throws -> FollowedPage {
        metrics.upstreamPages.increment(.fetched)
        // Upstreams without validators send all of it each time.
        if let kept, kept.content.says(page) { return try await renew(kept, validity, key) }
        report(page.faults, key)
        let now = clock.now()
        var pins = try await database.pins(of: key.project, from: key.upstream)
        let sightings = Self.sightings(in: page, old: kept?.content, pins: pins, now: now)
        let new = StoredUpstreamPage(
            upstream: key.upstream, project: key.project, state: current(validity, key, now), body: page.storedText)
        let following = following(key, before: kept?.content.status ?? .active, new: page, now)
        try await database.keepUpstreamPage(new, pins: sightings, following: following)
        invalidation.filesChanged(of: key.project)
        for pin in sightings { pins[pin.filename] = pin }
        let content = FollowedPage.Content(page, of: key.project)
        return use(
            Kept(state: new.state, content: content, pins: pins), until: new.state.freshUntil, isStale: false, key)
    }

    /// Returns what a page newly says of cached files, to be applied in the transaction that keeps the page.
    private func following(
        _ key: Key, before status: ProjectStatus, new: SimpleProjectPage, _ now: Timestamp
    ) -> UpstreamFollowing {
        UpstreamFollowing(
            indexes: indexes.all.filter { $0.upstreams.contains(.remote(key.upstream)) }.map(\.name),
            yanked: Dictionary(new.files.map { ($0.filename, $0.yanked) }) { first, _ in first },
            statusBefore: status, status: new.status, statusReason: new.statusReason, moment: now)
    }

    /// Logs what was wrong with entries of a page, once for each page that says something new.
    private func report(_ faults: SimplePageFaults, _ key: Key) {
        guard faults.count > 0 else { return }
        logger.warning(
            "an upstream's page has faulty entries: they were left out, or their faulty parts were",
            metadata: [
                "event": "page-faults", "upstream": "\(key.upstream)", "project": "\(key.project)",
                "count": "\(faults.count)", "first": "\(faults.examples.joined(separator: "; "))",
            ])
    }

    /// Renews the kept page, which the upstream has just confirmed.
    private func renew(_ kept: Kept, _ validity: PageValidity, _ key: Key) async throws -> FollowedPage {
        var renewed = kept
        renewed.state = current(validity, key, clock.now())
        try await database.renewUpstreamPage(
            of: key.project, from: key.upstream, fetchedBefore: kept.state.fetchedAt, as: renewed.state)
        return use(renewed, until: renewed.state.freshUntil, isStale: false, key)
    }

    private func lose(_ kept: Kept?, _ key: Key) async throws -> FollowedPage? {
        if kept != nil { try await database.forgetUpstreamPage(of: key.project, from: key.upstream) }
        metrics.upstreamPages.increment(.unknown)
        let until = clock.now().adding(microseconds: (settings[key.upstream]?.unknownFor ?? 60) * 1_000_000)
        state.withLock { state in
            state.pages.remove(key)
            _ = state.unknown.insert(until, for: key, cost: 1)
        }
        return nil
    }

    /// Returns the kept page if it may still be used. Throws `.unavailable`.
    private func stale(_ kept: Kept?, after error: UpstreamError, _ key: Key) throws -> FollowedPage {
        let now = clock.now()
        let maxStale = (settings[key.upstream]?.maxStale ?? 0) * 1_000_000
        guard let kept, now.microseconds - kept.state.fetchedAt.microseconds <= maxStale else {
            metrics.upstreamPages.increment(.failed)
            throw RegistryError(upstreamFailure: error)
        }
        metrics.upstreamPages.increment(.stale)
        logger.warning(
            "an upstream fails: a stale page is served",
            metadata: [
                "upstream": "\(key.upstream)", "project": "\(key.project)", "error": "\(error)",
                "fetched": "\(kept.state.fetchedAt.iso8601)",
            ])
        let rest = min(now.microseconds + Self.restAfterFailure, kept.state.fetchedAt.microseconds + maxStale + 1)
        return use(kept, until: Timestamp(microseconds: rest), isStale: true, key)
    }

    /// Returns the page for callers, and keeps it in memory for later ones. What other processes have learned of its
    /// files since is in the database; nothing relies on memory alone.
    private func use(_ kept: Kept, until goodUntil: Timestamp, isStale: Bool, _ key: Key) -> FollowedPage {
        state.withLock { state in
            // Pins that were noted meanwhile.
            let noted = state.pages.peek(key).flatMap { $0.content === kept.content ? $0.pins : nil }
            let page = FollowedPage(
                content: kept.content, fetchedAt: kept.state.fetchedAt, goodUntil: goodUntil, isStale: isStale,
                pins: noted ?? kept.pins)
            state.keep(page, key)
            return page
        }
    }

    private func current(_ validity: PageValidity, _ key: Key, _ now: Timestamp) -> UpstreamPageState {
        UpstreamPageState(
            validators: validity.validators, fetchedAt: now, freshUntil: freshUntil(validity, key, now))
    }

    private func freshUntil(_ validity: PageValidity, _ key: Key, _ now: Timestamp) -> Timestamp {
        let least = settings[key.upstream]?.minFresh ?? 600
        let seconds = min(max(validity.freshFor, least), max(least, Self.longestFreshness))
        return now.adding(microseconds: seconds * 1_000_000)
    }

    /// Returns the files whose first sight must be remembered: those without an upload-time that were not seen before,
    /// and those that have another digest than before.
    private static func sightings(
        in page: SimpleProjectPage, old: FollowedPage.Content?, pins: [String: UpstreamPin], now: Timestamp
    ) -> [UpstreamPin] {
        page.files.compactMap { file in
            let digest = file.sha256
            let before = pins[file.filename]?.sha256?.description ?? old?.file(named: file.filename)?.file.sha256
            let isChanged = digest != nil && before != nil && digest != before
            let isNew = file.uploadTime == nil && pins[file.filename] == nil
            guard isChanged || isNew else { return nil }
            return UpstreamPin(
                filename: file.filename, sha256: digest.flatMap { SHA256Digest(hex: $0) }, firstSeenAt: now)
        }
    }
}

extension UpstreamError {
    /// Makes the error about an answer that nothing has changed, to a request that did not ask that.
    fileprivate init(unaskedUnchanged upstream: String) {
        self.init(
            upstream: upstream, .malformed, "The upstream says that a page is unchanged, of which there is no copy.")
    }
}

extension SimpleProjectPage {
    /// The text in which the page is kept: the simple API's JSON, with absolute addresses.
    fileprivate var storedText: String {
        var buffer = ByteBuffer()
        writeJSON(into: &buffer)
        return String(buffer: buffer)
    }
}

extension StoredUpstreamPage {
    /// Returns the page. Throws if the text is not one, which would be a defect.
    fileprivate func parsed() throws -> SimpleProjectPage {
        try SimplePageReader(pageURL: "https://kept.invalid/\(project)/", maxFiles: .max)
            .json(ByteBuffer(string: body))
    }
}

extension RegistryError {
    /// Makes the error for clients if an upstream failed: 503, never 404.
    init(upstreamFailure error: UpstreamError) {
        self.init(
            .unavailable, "The upstream \(error.upstream) cannot be used now; try again later.", detail: error.message,
            retryAfter: error.retryAfter, cause: error)
    }
}
