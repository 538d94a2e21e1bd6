public import PackagingStandards
import Provenance

/// Gathers what a caller may know of a project: what its page for people shows.
public struct ProjectDetails: Sendable {
    /// The most files of a release whose provenance is read for the publishers that it names.
    private static let mostProvenances = 20
    /// The most principals that are named.
    private static let mostWriters = 100

    let explaining: Explaining
    let rights: ProjectRights
    let metadata: CoreMetadataReading
    let database: any ReadingDatabase & DetailDatabase & AccessDatabase & PublisherDatabase
    private var permissions: Permissions { rights.permissions }
    private var indexes: Indexes { permissions.indexes }

    /// Returns what a caller may know of a project in an index.
    ///
    /// It asks no more upstreams than the project's page of the simple API would; if one fails, it says what is known here.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - version: The release that is shown; nil for the one that stands for the project: the last final one that is not
    ///     wholly yanked, else the last that is not, else the last.
    ///   - index: The index that is asked.
    ///   - caller: Who asks.
    /// - Returns: What the caller may know.
    /// - Throws: As `Permissions.requireRead` does. `.notFound` if the index does not have the project, or the project does
    ///   not have the version.
    public func detail(
        of project: NormalizedName, version: Version? = nil, in index: IndexName, caller: Caller
    ) async throws -> ProjectDetail {
        let settings = try permissions.requireRead(caller, in: index)
        guard permissions.may(.read, project, in: settings, caller) else {
            // As many look-ups as for a project that is not there, so that the time does not tell them apart.
            for _ in 0..<2 { try await rights.lookUpInVain(project, in: index) }
            throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
        }
        let (explanation, offer) = try await explaining.explained(project, in: index, caller: caller)
        guard let kind = Self.kind(explanation, offer) else {
            throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
        }
        let published = try await publications(of: project, in: explanation, caller: caller)
        var mayWrite = permissions.may(.write, project, in: settings, caller)
        if !mayWrite { mayWrite = try await rights.owns(project, in: index, caller) }
        let described = offer.flatMap { ProjectJSON.describedFile(of: $0, version: version) }
        let shownVersion = version ?? described?.version ?? explanation.releases.first?.version
        if let version, !explanation.releases.contains(where: { $0.version == version }) {
            throw permissions.absent(
                RegistryError(.notFound, "The index \(index) has no version \(version) of \(project)."), in: index,
                for: caller)
        }
        var releases: [DetailedRelease] = []
        var publishers: [ProvenPublisher] = []
        for release in explanation.releases {
            let isShown = release.version == shownVersion
            let proven = isShown ? try await provenPublishers(of: release, project, offer) : [:]
            publishers += proven.values.flatMap(\.self)
            releases.append(
                Self.release(
                    release, of: project, offer, published, proven, mayWrite: mayWrite,
                    isQuarantined: !explanation.status.allowsDownloads))
        }
        let (shown, state) = await metadata(described, caller)
        return ProjectDetail(
            index: index, name: project, displayName: offer?.displayName ?? project.description, kind: kind,
            status: explanation.status, statusReason: explanation.statusReason, serial: offer?.serial ?? 0,
            explanation: explanation, releases: releases,
            shownPosition: releases.firstIndex { $0.version == shownVersion }, metadata: shown, metadataState: state,
            links: shown.map { ProjectLink.links(of: $0, provenBy: publishers) } ?? [],
            requirements: try await requirements(of: shown, in: settings, caller: caller),
            writers: try await writers(of: project, in: settings, caller: caller), goodUntil: offer?.goodUntil)
    }

    private static func kind(_ explanation: Explanation, _ offer: ProjectOffer?) -> ProjectDetail.Kind? {
        if let offer, offer.files.contains(where: \.isPublishedHere) { return .published }
        switch explanation.origin {
        case .local?: return .published
        case .reserved?: return .reserved
        case .upstream, .released, nil: break
        }
        guard let offer, !offer.files.isEmpty else { return nil }
        for file in offer.files {
            if case .kept(let record, _) = file.place, let upstream = record.source?.upstream {
                return .cached(from: upstream)
            }
        }
        for file in offer.files {
            if case .remote(let remote) = file.place { return .upstream(remote.upstream.id) }
        }
        return .published
    }

    // MARK: Files

    /// Returns how files were published, in the indexes that hold them, if the caller may read the project there.
    private func publications(
        of project: NormalizedName, in explanation: Explanation, caller: Caller
    ) async throws -> [IndexName: [String: FilePublication]] {
        var holders: Set<IndexName> = []
        for release in explanation.releases {
            for file in release.files {
                if case .published(let index) = file.place { holders.insert(index) }
            }
        }
        var publications: [IndexName: [String: FilePublication]] = [:]
        for index in permissions.readable(Array(holders), by: caller, project) {
            publications[index] = try await database.publications(of: project, in: index)
        }
        return publications
    }

    /// Returns the publishers that the verified provenance of a release's files names, by file name.
    private func provenPublishers(
        of release: Explanation.Release, _ project: NormalizedName, _ offer: ProjectOffer?
    ) async throws -> [String: [ProvenPublisher]] {
        var proven: [String: [ProvenPublisher]] = [:]
        for file in offer?.files ?? [] where file.version == release.version && proven.count < Self.mostProvenances {
            guard case .published(let record, let holder) = file.place, record.hasProvenance,
                let json = try await database.provenance(of: record.filename, project: project, in: holder),
                let object = try? ProvenanceObject(json: Array(json.utf8))
            else { continue }
            var publishers: [ProvenPublisher] = []
            for bundle in object.bundles {
                let publisher = ProvenPublisher(bundle.publisher)
                if !publishers.contains(publisher) { publishers.append(publisher) }
            }
            proven[record.filename] = publishers
        }
        return proven
    }

    private static func release(
        _ release: Explanation.Release, of project: NormalizedName, _ offer: ProjectOffer?,
        _ published: [IndexName: [String: FilePublication]], _ proven: [String: [ProvenPublisher]], mayWrite: Bool,
        isQuarantined: Bool
    ) -> DetailedRelease {
        let listed = (offer?.files ?? []).filter { $0.version == release.version }
        let byName = Dictionary(listed.map { ($0.filename, $0) }) { first, _ in first }
        let files = release.files.compactMap { file in
            byName[file.filename].map {
                DetailedFile($0, file, of: project, published, proven[file.filename], mayWrite: mayWrite)
            }
        }
        return DetailedRelease(
            version: release.version, versionText: listed.first?.versionText ?? release.version.description,
            files: files.sorted { ($0.kind.order, $0.filename) < ($1.kind.order, $1.filename) },
            isQuarantined: isQuarantined)
    }

    // MARK: Metadata

    private func metadata(
        _ file: ListedFile?, _ caller: Caller
    ) async -> (metadata: CoreMetadata?, state: ProjectDetail.MetadataState) {
        guard let file, metadata.isStated(of: file) else { return (nil, .none) }
        do {
            if let found = try await metadata.metadata(of: file, for: caller) { return (found, .known) }
            if case .remote(let remote) = file.place, !metadata.fetching.mayFetch(remote, caller) {
                return (nil, .unavailable)
            }
            return (nil, .unreadable)
        } catch let error as RegistryError where error.code == .unavailable {
            return (nil, .unavailable)
        } catch {
            return (nil, .unreadable)
        }
    }

    private func requirements(
        of metadata: CoreMetadata?, in settings: IndexSettings, caller: Caller
    ) async throws -> [RequirementGroup] {
        guard let metadata else { return [] }
        let requirements = metadata.requiresDist.prefix(MetadataExcerpt.mostRequirements)
            .filter { $0.utf8.count <= MetadataExcerpt.longestRequirement }.compactMap(DependencyRequirement.init)
        let names = Array(Set(requirements.map(\.name)))
        let readable = indexes.all.filter { permissions.maySee($0, caller) }
        let listed = try await database.listed(names, in: readable.map(\.name))
        let order = (indexes.chain(of: settings.name) ?? [settings]).map(\.name)
        func place(of name: NormalizedName) -> IndexName? {
            let found = permissions.readable(Array(listed[name] ?? []), by: caller, name)
            // Whoever may read it in an index behind the one that was asked reads it there.
            if found.contains(where: order.contains) { return settings.name }
            return found.first
        }
        var groups: [String?] = [nil]
        var extras = metadata.providesExtra.compactMap { NormalizedName($0)?.description }
        extras += requirements.flatMap(\.extras)
        for extra in extras where !groups.contains(extra) { groups.append(extra) }
        return groups.compactMap { extra in
            let members = requirements.filter { requirement in
                extra.map(requirement.extras.contains) ?? requirement.extras.isEmpty
            }
            guard !members.isEmpty || extra != nil else { return nil }
            return RequirementGroup(
                extra: extra, requirements: members.map { .init(requirement: $0, index: place(of: $0.name)) })
        }
    }

    // MARK: Writers

    private func writers(
        of project: NormalizedName, in settings: IndexSettings, caller: Caller
    ) async throws -> ProjectWriters? {
        guard caller.isKnown else { return nil }
        var owner: String?
        if let id = try await database.owner(of: project, in: settings.name) {
            owner = try await database.userName(ofID: id)
        }
        let decision = permissions.decision(on: project, in: settings)
        let hasOwnGrants = decision.ownGrants != nil
        var principals: [String] = []
        func add(_ principal: String) {
            if !principals.contains(principal), principals.count < Self.mostWriters { principals.append(principal) }
        }
        for record in try await database.grants() {
            let grant = record.grant
            guard grant.right == .write || grant.right == .administer, !record.principal.contains("#") else { continue }
            switch grant.scope {
            case .projects(settings.name, let pattern):
                if pattern.matches(project) { add(record.principal) }
            case .index(settings.name) where !hasOwnGrants && grant.right == .write: add(record.principal)
            case .server where !hasOwnGrants && grant.right == .write: add(record.principal)
            default: continue
            }
        }
        if !hasOwnGrants { settings.access.write.map(\.description).forEach(add) }
        let publishers = try await database.publishers(of: nil).filter { record in
            record.place.index == settings.name && record.place.right == .write
                && record.place.projects?.matches(project) == true
        }
        return ProjectWriters(
            owner: owner, principals: principals,
            publishers: Array(Set(publishers.map(\.name))).sorted().prefix(Self.mostWriters).map(\.self),
            hasOwnGrants: hasOwnGrants)
    }
}

extension DetailedFile {
    fileprivate init(
        _ listed: ListedFile, _ file: Explanation.File, of project: NormalizedName,
        _ published: [IndexName: [String: FilePublication]], _ publishers: [ProvenPublisher]?, mayWrite: Bool
    ) {
        var digests = listed.simple.sha256.map { [SimpleFile.Digest(algorithm: "sha256", hex: $0)] } ?? []
        var uploader: String?
        var way = Way.unknown
        var provenance = Provenance.none
        switch listed.place {
        case .published(let record, let index):
            digests += Self.otherDigests(of: record)
            uploader = record.uploader
            way = Self.way(record, published[index]?[record.filename], mayWrite: mayWrite)
            if record.hasProvenance {
                let folder = "integrity/\(project)/"
                provenance = .verified(
                    address: ProvenanceLink.to(record.filename, version: record.version, in: folder),
                    publishers: publishers ?? [])
            }
        case .kept(let record, _):
            digests += Self.otherDigests(of: record)
            way = record.source.map { .upstream($0.upstream) } ?? .unknown
        case .remote(let remote):
            digests += listed.simple.otherDigests
            way = .upstream(remote.upstream.id)
        }
        if case .none = provenance, let address = listed.simple.provenance { provenance = .claimed(address: address) }
        self.init(
            filename: listed.filename, address: listed.simple.url, kind: Kind(listed), size: listed.simple.size,
            uploadedAt: listed.birth, digests: digests, requiresPython: listed.simple.requiresPython,
            place: file.place, yanked: file.yanked, isListed: file.isListed, isLocked: file.isLocked,
            verdict: file.verdict, uploader: uploader, way: way, provenance: provenance,
            hasMetadata: listed.simple.coreMetadata != .none)
    }

    private static func otherDigests(of record: FileRecord) -> [SimpleFile.Digest] {
        [
            SimpleFile.Digest(algorithm: "blake2b_256", hex: record.digests.blake2b256),
            SimpleFile.Digest(algorithm: "md5", hex: record.digests.md5),
        ]
    }

    private static func way(_ record: FileRecord, _ publication: FilePublication?, mayWrite: Bool) -> Way {
        // Names of publishers are none that a user could have: they have a slash, or begin with `#`.
        guard UserName.isValid(record.uploader) else { return .publisher }
        guard let publication, publication.actor == record.uploader else { return .unknown }
        guard let token = publication.token else { return .person }
        return .token(name: mayWrite ? token.name : nil)
    }
}

extension DetailedFile.Kind {
    fileprivate init(_ file: ListedFile) {
        switch file.packageType {
        case "bdist_wheel":
            self = WheelFilename(file.filename).map { .wheel(WheelTags($0)) } ?? .other(file.packageType)
        case "sdist": self = .sourceDistribution
        default: self = .other(file.packageType)
        }
    }

    fileprivate var order: Int {
        switch self {
        case .wheel: 0
        case .sourceDistribution: 1
        case .other: 2
        }
    }
}

extension ProvenPublisher {
    fileprivate init(_ publisher: Publisher) {
        switch publisher {
        case .gitHub(let gitHub):
            self.init(kind: "GitHub", repository: gitHub.repository, workflow: gitHub.workflow)
        case .gitLab(let gitLab):
            self.init(kind: "GitLab", repository: gitLab.repository, workflow: gitLab.workflowPath)
        case .google(let google): self.init(kind: "Google", repository: nil, workflow: google.email)
        case .circleCI(let circleCI): self.init(kind: "CircleCI", repository: circleCI.origin, workflow: nil)
        case .other(let other): self.init(kind: other.issuer, repository: nil, workflow: nil)
        case .unknown(let kind): self.init(kind: kind, repository: nil, workflow: nil)
        }
    }

    /// The address of the repository, without a slash at the end; nil if it is not known.
    fileprivate var repositoryAddress: String? {
        guard let repository else { return nil }
        switch kind {
        case "GitHub": return "https://github.com/\(repository)"
        case "GitLab": return "https://gitlab.com/\(repository)"
        default: return nil
        }
    }
}

extension ProjectLink {
    /// The most links.
    private static let most = 64

    /// Returns the links of core metadata: `Project-URL`, then `Home-page` and `Download-URL` if no label means the same.
    fileprivate static func links(of metadata: CoreMetadata, provenBy publishers: [ProvenPublisher]) -> [ProjectLink] {
        let proven = publishers.compactMap(\.repositoryAddress).map { $0.lowercased() }
        var links: [ProjectLink] = []
        var labels: Set<String> = []
        func add(_ label: String, _ address: String?) {
            guard let address, let checked = Self.checked(address), links.count < most,
                labels.insert(ProjectURLKind.normalized(label)).inserted
            else { return }
            let lowercased = checked.lowercased()
            // Browsers go up at `..`, however it is written.
            let isPlain = !["..", "%2e", "\\"].contains { lowercased.contains($0) }
            let isVerified =
                isPlain
                && proven.contains { repository in
                    lowercased == repository || lowercased.hasPrefix(repository + "/")
                        || lowercased == repository + ".git"
                }
            links.append(
                ProjectLink(
                    label: label, address: checked, kind: ProjectURLKind(label: label), isVerified: isVerified))
        }
        for url in metadata.projectURLs where url.label.utf8.count <= 64 { add(url.label, url.url) }
        if !links.contains(where: { $0.kind == .homepage }) { add("Homepage", metadata.homePage) }
        if !links.contains(where: { $0.kind == .download }) { add("Download", metadata.downloadURL) }
        let known = ProjectURLKind.allCases.flatMap { kind in links.filter { $0.kind == kind } }
        return known + links.filter { $0.kind == nil }
    }

    /// Returns an address that may be a link; nil for any other, such as one with another scheme.
    private static func checked(_ address: String) -> String? {
        guard address.utf8.count <= FieldBound.line,
            address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
        else { return nil }
        let lowercased = address.lowercased()
        return ["https://", "http://", "mailto:"].contains { lowercased.hasPrefix($0) } ? address : nil
    }
}
