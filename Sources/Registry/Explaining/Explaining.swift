public import PackagingStandards

/// Explains why an index answers for a project as it does.
public struct Explaining: Sendable {
    let resolver: ProjectResolver
    let rights: ProjectRights
    private var indexes: Indexes { resolver.indexes }
    private var permissions: Permissions { resolver.permissions }
    private var database: any NameDatabase & UpstreamDatabase { resolver.database }

    /// Explains why an index answers for a project, one version of it, or those of a specifier, as it does.
    ///
    /// It asks no more upstreams than a page would: none for a private name. If an upstream fails, it explains what is
    /// known here. A project that the caller may not read is explained like one that nobody has. Throws `.notFound` if
    /// the caller may not read the index, and `.authenticationRequired` for anonymous callers if the index does not have
    /// the project, or they may not read it, and grants keep other projects from them.
    public func why(
        _ project: NormalizedName, version: Version? = nil, specifiers: SpecifierSet? = nil, in index: IndexName,
        caller: Caller
    ) async throws -> Explanation {
        try await explained(project, version: version, specifiers: specifiers, in: index, caller: caller).explanation
    }

    /// Explains as `why` does, and returns what the index offers with it; nil if it does not have the project.
    func explained(
        _ project: NormalizedName, version: Version? = nil, specifiers: SpecifierSet? = nil, in index: IndexName,
        caller: Caller
    ) async throws -> (explanation: Explanation, offer: ProjectOffer?) {
        let settings = try permissions.requireRead(caller, in: index)
        let isHidden = !permissions.may(.read, project, in: settings, caller)
        var offer: ProjectOffer?
        var failure: String?
        if isHidden {
            try await rights.lookUpInVain(project, in: index)
        } else {
            let resolution = resolver.resolution(of: project, for: caller)
            do {
                offer = try await resolution.offer(in: settings)
            } catch let error as RegistryError where error.code == .unavailable {
                failure = error.message(isKnown: caller.isKnown)
                offer = try await keptOffer(resolution, in: settings)
            }
        }
        if offer == nil, !caller.isKnown, isHidden || !permissions.readsAll(of: settings, caller) {
            throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
        }
        // Read now, because the question may have given the name its origin.
        var standing = try await database.standing(of: project, in: index)
        if isHidden { standing = NameStanding(origin: nil, isPublishedAnywhere: false) }
        let privacy = try await privacy(of: project, standing, caller: caller)
        let sources = try await sources(of: project, standing, offer, privacy, in: settings, caller: caller)
        let explanation = Explanation(
            index: index, project: project, version: version, specifiers: specifiers, fallback: settings.fallback,
            privacy: privacy,
            isMirrored: indexes.mixes(project, in: settings), origin: standing.origin, status: offer?.status ?? .active,
            statusReason: offer?.statusReason, sources: sources, failure: failure, isStale: offer?.isStale ?? false,
            releases: releases(of: offer, isListed: failure == nil, in: settings) { candidate in
                (version == nil || candidate == version) && specifiers?.contains(candidate, prereleases: true) != false
            })
        return (explanation, offer)
    }

    /// Returns what an index has itself, for when its upstreams fail.
    private func keptOffer(_ resolution: ProjectResolution, in settings: IndexSettings) async throws -> ProjectOffer? {
        guard var offer = try await resolution.ownOffer(in: settings) else { return nil }
        if let evaluator = try await resolver.policies.evaluator(of: settings, now: resolution.now) {
            offer.apply(evaluator)
        }
        return offer
    }

    // MARK: Names

    private func privacy(
        of project: NormalizedName, _ standing: NameStanding, caller: Caller
    ) async throws -> [Explanation.Privacy] {
        let all = indexes.all
        let readable = all.filter { permissions.may(.read, project, in: $0, caller) }
        let causes = all.filter { permissions.maySee($0, caller) }.flatMap { index in
            index.privateNames.filter { $0.matches(project) }
                .map { Explanation.Privacy.reserved(by: $0, of: index.name) }
        }
        guard standing.isPublishedAnywhere, indexes.isPrivate(project, standing) else { return causes }
        var owners: [Explanation.Privacy] = []
        for index in readable {
            switch try await database.standing(of: project, in: index.name).origin {
            case .local, .reserved: owners.append(.published(in: index.name))
            case .upstream, .released, nil: continue
            }
        }
        return causes + owners
    }

    // MARK: Sources

    private func sources(
        of project: NormalizedName, _ standing: NameStanding, _ offer: ProjectOffer?,
        _ privacy: [Explanation.Privacy], in settings: IndexSettings, caller: Caller
    ) async throws -> [Explanation.Source] {
        guard settings.fallback != .none else { return [] }
        var isFirstRemote = true
        var sources: [Explanation.Source] = []
        for reference in settings.upstreams {
            switch reference {
            case .index(let name):
                guard let behind = indexes[name], permissions.maySee(behind, caller) else { continue }
                sources.append(
                    Explanation.Source(
                        reference: reference, use: Self.use(of: reference, standing) ?? .asked, url: nil,
                        fetchedAt: nil, freshUntil: nil))
            case .remote(let id):
                let use = use(
                    ofRemote: reference, isFirst: isFirstRemote, of: project, standing, offer, privacy, in: settings,
                    caller: caller)
                isFirstRemote = false
                let isUsed = use != .notForPrivateNames && use != .ownedElsewhere
                // Anonymous callers learn an upstream's address only if they are sent there.
                let showsAddress = isUsed && (caller.isKnown || use == .redirect)
                let page =
                    isUsed && use != .askedUnlessPrivate
                    ? try await database.upstreamPageState(of: project, from: id) : nil
                sources.append(
                    Explanation.Source(
                        reference: reference, use: use,
                        url: showsAddress ? resolver.upstreams[id]?.pageURL(of: project) : nil,
                        fetchedAt: page?.fetchedAt, freshUntil: page?.freshUntil))
            }
        }
        return sources
    }

    /// Returns the use of a place that follows from the project's owner, or nil if it has none yet.
    private static func use(of reference: UpstreamReference, _ standing: NameStanding) -> Explanation.Source.Use? {
        guard case .upstream(let owner)? = standing.origin else { return nil }
        return owner == reference.id ? .owner : .ownedElsewhere
    }

    private func use(
        ofRemote reference: UpstreamReference, isFirst: Bool, of project: NormalizedName, _ standing: NameStanding,
        _ offer: ProjectOffer?, _ privacy: [Explanation.Privacy], in settings: IndexSettings, caller: Caller
    ) -> Explanation.Source.Use {
        let mixes = indexes.mixes(project, in: settings)
        // A reason in an index that the caller may not read stays unsaid: it would reveal that the name exists there.
        if !mixes, !privacy.isEmpty { return .notForPrivateNames }
        if !mixes, offer?.files.contains(where: \.isPublishedHere) == true { return .ownedElsewhere }
        if settings.fallback == .redirect { return isFirst ? .redirect : .behindRedirect }
        // Grants on a project that the caller may not read must not show.
        let known = permissions.may(.read, project, in: settings, caller) ? project : nil
        guard permissions.maySeeUpstreams(known, in: settings, caller) else { return .mayNotUpdate }
        if let use = Self.use(of: reference, standing) { return use }
        let readsAll = indexes.all.allSatisfy { permissions.readsAll(of: $0, caller) }
        return mixes || readsAll ? .asked : .askedUnlessPrivate
    }

    // MARK: Files

    private func releases(
        of offer: ProjectOffer?, isListed: Bool, in settings: IndexSettings, isMeant: (Version) -> Bool
    ) -> [Explanation.Release] {
        guard let offer else { return [] }
        let files = offer.files.enumerated()
            .filter { isMeant($0.element.version) }
            .sorted { ($1.element.version, $0.offset) < ($0.element.version, $1.offset) }
            .map { explained($0.element, isListed: isListed && offer.status.allowsDownloads, in: settings) }
        var releases: [Explanation.Release] = []
        var rest = files[...]
        while let first = rest.first {
            let release = Array(rest.prefix { $0.version == first.version })
            releases.append(Explanation.Release(version: first.version, files: release))
            rest = rest.dropFirst(release.count)
        }
        return releases
    }

    private func explained(_ file: ListedFile, isListed: Bool, in settings: IndexSettings) -> Explanation.File {
        let verdict = file.verdict ?? .allowed
        let place: Explanation.Place
        var isLocked = false
        switch file.place {
        case .published(_, let index):
            place = .published(in: index)
        case .kept(let record, let index):
            place = .kept(in: index, from: record.source?.upstream ?? record.uploader)
            isLocked = !verdict.isAllowed && settings.policy.locksKept && !verdict.isDenial
        case .remote(let remote):
            place = .remote(remote.upstream.id)
        }
        return Explanation.File(
            filename: file.filename, version: file.version, packageType: file.packageType, size: file.simple.size,
            uploadedAt: file.birth, place: place, yanked: file.simple.yanked,
            isListed: isListed && verdict.isAllowed, isLocked: isLocked, verdict: verdict)
    }
}
