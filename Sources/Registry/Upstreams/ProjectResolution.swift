import Logging
import PackagingStandards

/// Finds what indexes offer of projects.
struct ProjectResolver: Sendable {
    let indexes: Indexes
    let permissions: Permissions
    let policies: Policies
    let database: any ReadingDatabase & NameDatabase & UpstreamDatabase
    /// The remote upstreams, by id.
    let upstreams: [String: any Upstream]
    let pages: UpstreamPages
    let clock: WallClock
    let logger: Logger

    /// Makes the question what indexes offer of a project to a caller now.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - caller: Who asks.
    ///   - wanted: The one file in question; nil for all of the project.
    /// - Returns: The question, for one index or several.
    func resolution(
        of project: NormalizedName, for caller: Caller, wanted: DistributionFilename? = nil
    ) -> ProjectResolution {
        ProjectResolution(project, for: caller, by: self, wanted: wanted)
    }
}

/// The question what an index offers of a project: what was published on this server, else what the upstreams have, in
/// order (ARCHITECTURE.md, "A page from upstream").
///
/// No remote upstream is ever asked for a private name: one that is reserved, or was published in any index here.
struct ProjectResolution: Sendable {
    private let resolver: ProjectResolver
    let project: NormalizedName
    let caller: Caller
    let now: Timestamp
    /// The one file in question; nil for all of the project. Files that would displace it are found too.
    let wanted: DistributionFilename?

    fileprivate init(
        _ project: NormalizedName, for caller: Caller, by resolver: ProjectResolver, wanted: DistributionFilename?
    ) {
        self.resolver = resolver
        self.project = project
        self.caller = caller
        self.wanted = wanted
        now = resolver.clock.now()
    }

    /// Returns what an index offers, or nil if it does not have the project.
    ///
    /// The caller must be allowed to read the index. Throws `.unavailable` if an upstream that may have the project
    /// fails.
    func offer(in settings: IndexSettings) async throws -> ProjectOffer? {
        try await offer(in: settings, isAsked: true)
    }

    /// Returns the same for the index that was asked, or for one behind it, which throws `HiddenFromCaller`.
    private func offer(in settings: IndexSettings, isAsked: Bool) async throws -> ProjectOffer? {
        let own = try await own(in: settings)
        guard settings.asksUpstreams else {
            return try await apply(settings, to: offer(of: own))
        }
        let standing = try await resolver.database.standing(of: project, in: settings.name)
        let mixes = resolver.indexes.mixes(project, in: settings)
        guard mixes || (own.published == nil && !resolver.indexes.isPrivate(project, standing)) else {
            return try await apply(settings, to: own.published)
        }
        let found: ProjectOffer?
        do {
            found = try await foreign(in: settings, standing, own)
        } catch is HiddenFromCaller where isAsked || own.published != nil {
            found = nil
        }
        guard var foreign = found else { return try await apply(settings, to: own.published) }
        if let record = own.record, record.status != .active {
            foreign.status = record.status
            foreign.statusReason = record.statusReason
        }
        if var published = own.published {
            if foreign.status.allowsDownloads { published.append(foreign.files) }
            if let moment = foreign.goodUntil { published.limit(to: moment) }
            published.isStale = foreign.isStale
            foreign = published
        }
        return try await apply(settings, to: foreign)
    }

    // MARK: What is published here

    /// What an index has itself, and what the indexes behind it published.
    struct Own {
        /// Published files; nil if nobody published the project in this index or one behind it.
        var published: ProjectOffer?
        /// The index's own record of the project.
        var record: ProjectRecord?
        /// Files that the index caches, by name.
        var kept: [String: FileRecord] = [:]
        let index: IndexName
    }

    func own(in settings: IndexSettings) async throws -> Own {
        var own = Own(index: settings.name)
        own.record = try await resolver.database.project(project, in: settings.name)
        if let record = own.record {
            for file in record.files where file.source != nil && concerns(file) { own.kept[file.filename] = file }
            let published = record.files.filter { $0.source == nil }
            if !published.isEmpty || record.origin == .local {
                own.published = ProjectOffer(record)
                own.published?.files = published.filter(concerns).compactMap { ListedFile($0, in: settings.name) }
            }
        }
        guard settings.fallback != .none else { return own }
        for behind in resolver.permissions.indexesBehind(settings, readableBy: caller, project) {
            guard let theirs = try await apply(behind, to: self.own(in: behind).published) else { continue }
            if own.published == nil {
                own.published = theirs
            } else {
                own.published?.append(theirs.files)
                if let moment = theirs.goodUntil { own.published?.limit(to: moment) }
            }
        }
        return own
    }

    /// Returns whether a file is the one in question, or would displace it.
    private func concerns(_ file: FileRecord) -> Bool {
        guard let wanted else { return true }
        return file.filename == wanted.filename || file.fileKey == wanted.fileKey
    }

    /// Returns what an index has itself, whatever its upstreams have: published files, else cached ones.
    func ownOffer(in settings: IndexSettings) async throws -> ProjectOffer? {
        try await offer(of: own(in: settings))
    }

    private func offer(of own: Own) async throws -> ProjectOffer? {
        if let published = own.published { return published }
        return try await keptOnly(own)
    }

    // MARK: What upstreams have

    private func foreign(
        in settings: IndexSettings, _ standing: NameStanding, _ own: Own
    ) async throws -> ProjectOffer? {
        let owner = standing.owner
        let mixes = resolver.indexes.mixes(project, in: settings)
        for reference in settings.upstreams where owner == nil || owner == reference.id {
            guard let offer = try await offer(of: reference, in: settings, own, isOwner: owner != nil) else { continue }
            guard owner == nil, !(mixes && own.published != nil) else { return offer }
            let origin = try await resolver.database.adopt(
                project, displayName: offer.displayName, from: reference.id, in: settings.name,
                mayMix: mixes || resolver.indexes.isMirrored(project), at: now)
            // Another request, or a publish, may have been faster.
            if origin == .upstream(reference.id) || (mixes && origin == .local) { return offer }
            guard case .upstream? = origin else { return nil }
            let owned = NameStanding(origin: origin, isPublishedAnywhere: standing.isPublishedAnywhere)
            return try await foreign(in: settings, owned, own)
        }
        guard let owner, !settings.upstreams.contains(where: { $0.id == owner }) else { return nil }
        return try await keptOnly(own)
    }

    private func offer(
        of reference: UpstreamReference, in settings: IndexSettings, _ own: Own, isOwner: Bool
    ) async throws -> ProjectOffer? {
        switch reference {
        case .index(let name):
            guard let behind = resolver.indexes[name] else { return nil }
            guard resolver.permissions.may(.read, project, in: behind, caller) else {
                // It may have the project: a caller who may not look there must not make a later upstream its owner.
                if isOwner { return nil }
                throw HiddenFromCaller()
            }
            return try await offer(in: behind, isAsked: false)
        case .remote(let id):
            guard let upstream = resolver.upstreams[id] else { return nil }
            // Callers do not see files that they could not download, unless a login may be all that they lack.
            guard resolver.permissions.maySeeUpstreams(project, in: settings, caller) else {
                if let kept = try await keptOnly(own) { return kept }
                if isOwner { return nil }
                throw HiddenFromCaller()
            }
            do {
                guard let page = try await resolver.pages.page(of: project, from: upstream) else { return nil }
                // Some upstreams answer so for every name that they don't know: that is no claim, and the next one is
                // asked.
                guard isOwner || !page.isEmpty else { return nil }
                return offer(of: page, from: upstream, in: settings, own)
            } catch let error as RegistryError where error.code == .unavailable {
                if !isOwner, let cause = error.cause as? UpstreamError, cause.reason == .leadsElsewhere {
                    resolver.logger.info(
                        "an upstream leads elsewhere for a project: it is taken not to have it",
                        metadata: ["upstream": "\(id)", "project": "\(project)", "error": "\(cause)"])
                    return nil
                }
                guard let kept = try await keptUntilItAnswers(own) else { throw error }
                return kept
            }
        }
    }

    private func offer(
        of page: FollowedPage, from upstream: any Upstream, in settings: IndexSettings, _ own: Own
    ) -> ProjectOffer {
        var offer = own.record.map(ProjectOffer.init) ?? ProjectOffer(name: project, displayName: project.description)
        // The status that an administrator gave the project here comes before that of the upstream.
        if offer.status == .active {
            offer.status = page.status
            offer.statusReason = page.statusReason
        }
        let mixes = resolver.indexes.mixes(project, in: settings)
        let files = wanted.map { page.file(named: $0.filename).map { [$0] } ?? [] } ?? page.files
        offer.files = files.map { file in
            let pin = page.pins[file.file.filename]
            let remote = RemoteFile(
                index: settings.name, project: project, followed: file, upstream: upstream, pin: pin,
                birth: file.birth(pin), mayMix: mixes)
            return ListedFile(remote, kept: own.kept(file.file))
        }
        offer.goodUntil = page.goodUntil
        offer.isForeign = true
        offer.isStale = page.isStale
        return offer
    }

    /// Returns only the cached files of an index, or nil if there are none.
    private func keptOnly(_ own: Own) async throws -> ProjectOffer? {
        guard let record = own.record, !own.kept.isEmpty, !resolver.indexes.isReserved(project) else { return nil }
        var pins: [String: [String: UpstreamPin]] = [:]
        for upstream in Set(own.kept.values.compactMap { $0.source?.upstream }) {
            pins[upstream] = try await resolver.database.pins(of: project, from: upstream)
        }
        var offer = ProjectOffer(record)
        offer.files = record.files.compactMap { file in
            guard let source = file.source else { return nil }
            return ListedFile(file, in: own.index, birth: pins[source.upstream]?[file.filename]?.firstSeenAt)
        }
        offer.isForeign = true
        return offer
    }

    /// Returns the cached files, or nil if there are none, if an upstream fails and no copy of its page may be used:
    /// after a rebuild, or after it has failed for too long.
    private func keptUntilItAnswers(_ own: Own) async throws -> ProjectOffer? {
        guard var offer = try await keptOnly(own) else { return nil }
        resolver.logger.warning(
            "an upstream fails and no copy of its page may be used: only kept files are listed",
            metadata: ["project": "\(project)", "index": "\(own.index)"])
        offer.isStale = true
        offer.limit(to: now.adding(microseconds: UpstreamPages.restAfterFailure))
        return offer
    }

    private func apply(_ settings: IndexSettings, to offer: ProjectOffer?) async throws -> ProjectOffer? {
        guard var offer, let evaluator = try await resolver.policies.evaluator(of: settings, now: now) else {
            return offer
        }
        offer.apply(evaluator)
        return offer
    }
}

/// The caller may not look into a place that comes before all others and may have the project.
private struct HiddenFromCaller: Error {}

extension ProjectResolution.Own {
    /// Returns the cached file for a file of an upstream, or nil if it has other bytes.
    func kept(_ file: SimpleFile) -> FileRecord? {
        guard let record = kept[file.filename] else { return nil }
        return file.sha256 == nil || file.sha256 == record.digests.sha256.description ? record : nil
    }
}

extension ProjectOffer {
    /// Makes an offer of a project, without its files.
    init(_ record: ProjectRecord) {
        self.init(name: record.name, displayName: record.displayName)
        status = record.status
        statusReason = record.statusReason
        serial = record.serial
    }
}

extension NameStanding {
    /// The id of the upstream that owns the project; nil if none does.
    fileprivate var owner: String? {
        guard case .upstream(let id)? = origin else { return nil }
        return id
    }
}
