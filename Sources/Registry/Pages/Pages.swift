import Logging
import NIOCore
import NIOPosix
public import PackagingStandards

/// The answer to a request for a page that an upstream may have in the index's place.
public enum PageAnswer: Sendable {
    case page(RenderedPage)
    /// The address of an upstream's page, to which the index sends its readers.
    case elsewhere(String)
}

/// The pages of projects and indexes, rendered once for each change.
public final class Pages: Sendable {
    private let indexes: Indexes
    private let permissions: Permissions
    private let rights: ProjectRights
    private let database: any ReadingDatabase & NameDatabase
    private let resolver: ProjectResolver
    private let metadata: CoreMetadataReading
    private let invalidation: Invalidation
    /// The address of the server as clients know it; nil if only requests say it.
    private let baseURL: String?
    private let compressors: NIOThreadPool
    private let metrics: RegistryMetrics
    private let clock: WallClock
    private let logger: Logger

    init(
        permissions: Permissions, rights: ProjectRights, database: any ReadingDatabase & NameDatabase,
        resolver: ProjectResolver, metadata: CoreMetadataReading, invalidation: Invalidation, baseURL: String?,
        compressors: NIOThreadPool, metrics: RegistryMetrics, clock: WallClock, logger: Logger
    ) {
        indexes = permissions.indexes
        self.permissions = permissions
        self.rights = rights
        self.database = database
        self.resolver = resolver
        self.metadata = metadata
        self.invalidation = invalidation
        self.baseURL = baseURL
        self.compressors = compressors
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
    }

    /// Returns the simple API's page of a project (PEP 503, PEP 691).
    ///
    /// Throws `.notFound` if the index does not have the project, or the caller may not read it,
    /// `.authenticationRequired` for anonymous callers who may not read it, and `.unavailable` if an upstream fails.
    public func project(
        _ project: NormalizedName, format: PageKey.Format, encoding: RenderedPage.Encoding = .identity,
        in index: IndexName, caller: Caller
    ) async throws -> PageAnswer {
        let key = PageKey(index: index, subject: .project(project), format: format)
        let settings = try await requireRead(caller, project, in: index, asking: key, lookUps: 2)
        let page = try await page(key, encoding, caller) { [self] in
            try await renderProject(project, format: format, in: settings, caller: caller)
        }
        if let page { return .page(page) }
        guard let address = try await addressElsewhere(of: project, in: settings, caller: caller) else {
            throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
        }
        return .elsewhere(address)
    }

    /// Returns the simple API's list of the projects that a caller may read: those of the index, and of the indexes
    /// behind it.
    public func projectList(
        format: PageKey.Format, encoding: RenderedPage.Encoding = .identity, in index: IndexName, caller: Caller
    ) async throws -> RenderedPage {
        let settings = try permissions.requireRead(caller, in: index)
        let key = PageKey(index: index, subject: .projectList, format: format)
        let page = try await page(key, encoding, caller) { [self] in
            let listing = try await listing(of: settings, caller: caller)
            return RenderedPage(SimplePages.projectList(listing, format: format), serial: listing.serial)
        }
        guard let page else { throw RegistryError(.notFound, "There is no index called \(index) here.") }
        return page
    }

    /// Returns a page that is in memory, in the coding in question, and that the caller may read, or nil if the slow
    /// path is needed.
    ///
    /// Never blocks: called on event loops. It says nothing of why it returns nil: the slow path finds the answer or
    /// the error.
    public func inMemory(
        _ key: PageKey, encoding: RenderedPage.Encoding, caller: Caller
    ) -> RenderedPage? {
        guard let settings = indexes[key.index] else { return nil }
        let project = key.subject.project
        if let project {
            guard permissions.may(.read, project, in: settings, caller) else { return nil }
        } else {
            guard permissions.knowsReading(of: key.index, by: caller), permissions.maySee(settings, caller) else {
                return nil
            }
        }
        let key = key.seen(by: permissions.view(of: key.index, project, for: caller))
        guard let page = invalidation.pages.kept(key, now: clock.now()), page.isSettled(encoding) else { return nil }
        return page
    }

    /// Counts a page from `inMemory` as found in memory, since it is sent.
    public func noteHit() {
        metrics.pages.increment(.hit)
    }

    /// Returns the settings of an index for somebody who may read a project in it.
    ///
    /// Throws as `Permissions.requireRead` does: for a project that the caller may not read by the same way and after as
    /// many look-ups as for a page that is not there, so that the time does not tell them apart.
    private func requireRead(
        _ caller: Caller, _ project: NormalizedName, in index: IndexName, asking key: PageKey, lookUps: Int,
        absent: RegistryError? = nil
    ) async throws -> IndexSettings {
        let settings = try permissions.requireRead(caller, in: index)
        guard !permissions.may(.read, project, in: settings, caller) else { return settings }
        metrics.pages.increment(.miss)
        _ = try await invalidation.pages.page(key.seen(by: .nothing), now: clock.now()) { [rights] in
            for _ in 0..<lookUps { try await rights.lookUpInVain(project, in: index) }
            return nil
        }
        return try permissions.requireRead(caller, project, in: index, absent: absent)
    }

    /// Returns the page of a key for a caller, from memory or rendered. Has the compressed variant made afterwards, once
    /// for each page, while no request waits.
    private func page(
        _ key: PageKey, _ encoding: RenderedPage.Encoding, _ caller: Caller,
        render: @escaping @Sendable () async throws -> RenderedPage?
    ) async throws -> RenderedPage? {
        let now = clock.now()
        while true {
            let version = permissions.version
            let key = key.seen(by: permissions.view(of: key.index, key.subject.project, for: caller))
            let kept = invalidation.pages.kept(key, now: now)
            metrics.pages.increment(kept == nil ? .miss : .hit)
            do {
                let page =
                    if let kept {
                        Optional(kept)
                    } else {
                        try await invalidation.pages.page(key, now: now) { [permissions] in
                            let page = try await render()
                            guard permissions.version == version else { throw GrantsChanged() }
                            return page
                        }
                    }
                if let page, !page.isSettled(encoding) { compressLater(page, encoding, for: key) }
                return page
            } catch is GrantsChanged {
                continue
            }
        }
    }

    /// Grants changed while a page was rendered: it may show what those who share it may not see.
    private struct GrantsChanged: Error {}

    /// Returns the files that a project's page lists, or nil if the index sends its readers to an upstream's page.
    /// Throws as `project` does.
    public func files(of project: NormalizedName, in index: IndexName, caller: Caller) async throws -> [FileListing]? {
        let settings = try await rights.requireRead(caller, project, in: index)
        if let offer = try await resolver.resolution(of: project, for: caller).offer(in: settings) {
            return offer.listedFiles.compactMap { FileListing($0, of: project, in: index) }
        }
        guard try await addressElsewhere(of: project, in: settings, caller: caller) == nil else { return nil }
        throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
    }

    // MARK: Provenance

    /// Returns the provenance of a file (PEP 740): the object that was made of its verified attestations, or the address at
    /// which its upstream says to have it.
    ///
    /// Throws as `project` does, and `.notFound` if the file has none, or is not of the version.
    public func provenance(
        of filename: String, _ project: NormalizedName, version: Version, encoding: RenderedPage.Encoding = .identity,
        in index: IndexName, caller: Caller
    ) async throws -> PageAnswer {
        let unknown = RegistryError(.notFound, "The index \(index) has no provenance of \(quoted(filename)).")
        let key = PageKey(index: index, subject: .provenance(project, filename: filename), format: .json)
        let settings = try await requireRead(caller, project, in: index, asking: key, lookUps: 2, absent: unknown)
        guard let name = DistributionFilename(filename, project: project), name.version == version else {
            throw permissions.absent(unknown, in: index, for: caller)
        }
        let page = try await page(key, encoding, caller) { [self] in
            let (offer, file) = try await listed(name, of: project, in: settings, caller: caller)
            guard let offer, case .published(let record, let holder)? = file?.place, record.hasProvenance,
                let object = try await database.provenance(of: record.filename, project: project, in: holder)
            else { return nil }
            return RenderedPage(ByteBuffer(string: object), serial: offer.serial, goodUntil: offer.goodUntil)
        }
        if let page { return .page(page) }
        guard let address = try await listed(name, of: project, in: settings, caller: caller).file?.simple.provenance
        else { throw permissions.absent(unknown, in: index, for: caller) }
        return .elsewhere(address)
    }

    /// Returns what an index offers of a project around one file, and that file if pages list it.
    private func listed(
        _ name: DistributionFilename, of project: NormalizedName, in settings: IndexSettings, caller: Caller
    ) async throws -> (offer: ProjectOffer?, file: ListedFile?) {
        let offer = try await resolver.resolution(of: project, for: caller, wanted: name).offer(in: settings)
        return (offer, offer?.listedFiles.first { $0.filename == name.filename })
    }

    /// Returns the folder of the provenance of a project's files, as pages name it: the whole address, as PEP 740 wants
    /// it, if the server knows its own; else relative to the page.
    private func provenanceFolder(of project: NormalizedName, in index: IndexName) -> String {
        (baseURL.map { "\($0)/\(index)/" } ?? SimplePages.indexAddress) + "integrity/\(project)/"
    }

    // MARK: The JSON API

    /// Returns the JSON API's page of a project, or of one version of it, with all of its core metadata. Links begin
    /// with `indexURL`, the absolute address of the index, ending in `/`.
    public func projectJSON(
        _ project: NormalizedName, version: Version?, encoding: RenderedPage.Encoding = .identity, in index: IndexName,
        indexURL: String, caller: Caller
    ) async throws -> RenderedPage {
        let unknown =
            version.map { RegistryError(.notFound, "The index \(index) has no version \($0) of \(project).") }
            ?? RegistryError(unknownProject: project, in: index)
        let subject = PageKey.Subject.projectJSON(project, version: version?.canonical, indexURL: indexURL)
        let key = PageKey(index: index, subject: subject, format: .json)
        let settings = try await requireRead(caller, project, in: index, asking: key, lookUps: 1, absent: unknown)
        let page = try await page(key, encoding, caller) { [self] in
            guard let offer = try await resolver.resolution(of: project, for: caller).offer(in: settings),
                let described = ProjectJSON.describedFile(of: offer, version: version)
            else { return nil }
            let page = ProjectJSON(
                offer: offer, version: version, described: described,
                metadata: try await metadata.metadata(of: described, for: caller),
                indexURL: indexURL)
            return RenderedPage(page.written(), serial: offer.serial, goodUntil: offer.goodUntil)
        }
        guard let page else { throw permissions.absent(unknown, in: index, for: caller) }
        return page
    }

    // MARK: Rendering

    private func renderProject(
        _ project: NormalizedName, format: PageKey.Format, in settings: IndexSettings, caller: Caller
    ) async throws -> RenderedPage? {
        if let listed = try await publishedAlone(project, in: settings, caller: caller) {
            let page = SimplePages.project(listed, provenance: provenanceFolder(of: project, in: settings.name))
            return RenderedPage(SimplePages.written(page, format), serial: listed.serial)
        }
        guard let offer = try await resolver.resolution(of: project, for: caller).offer(in: settings) else {
            return nil
        }
        let page = SimplePages.project(offer, provenance: provenanceFolder(of: project, in: settings.name))
        return RenderedPage(SimplePages.written(page, format), serial: offer.serial, goodUntil: offer.goodUntil)
    }

    /// Returns the published files of a project if its page shows nothing else, or nil: no other index and no upstream
    /// adds files, and no policy applies.
    private func publishedAlone(
        _ project: NormalizedName, in settings: IndexSettings, caller: Caller
    ) async throws -> ListedProject? {
        guard !settings.policy.concernsPublished, !indexes.mixes(project, in: settings),
            settings.fallback == .none || permissions.indexesBehind(settings, readableBy: caller, project).isEmpty,
            let listed = try await database.listedProject(project, in: settings.name), listed.origin == .local
        else { return nil }
        return listed
    }

    /// Returns the projects of an index and of those behind it that a caller may read.
    ///
    /// Whoever may not read all of the index gets the last serial of those in the list, so that changes of others do not
    /// show.
    private func listing(of settings: IndexSettings, caller: Caller) async throws -> ProjectListing {
        let own = try await database.projects(in: settings.name)
        var projects = own.projects
        if settings.fallback != .none {
            var serials = Dictionary(uniqueKeysWithValues: own.projects.map { ($0.name, $0.serial) })
            for behind in permissions.indexesBehind(settings, readableBy: caller) {
                let theirs = try await listing(of: behind, caller: caller).projects
                serials.merge(theirs.map { ($0.name, $0.serial) }) { max($0, $1) }
            }
            projects = serials.map { ProjectListing.Project(name: $0.key, serial: $0.value) }
                .sorted { $0.name < $1.name }
        }
        guard !permissions.readsAll(of: settings, caller) else {
            return ProjectListing(projects: projects, serial: own.serial)
        }
        let readable = projects.filter { permissions.may(.read, $0.name, in: settings, caller) }
        return ProjectListing(projects: readable, serial: readable.map(\.serial).max() ?? 0)
    }

    /// Returns the address to which an index sends the readers of a project that it does not have, or nil: that of the
    /// first upstream of its own in redirect mode, or of such an index behind it. Anonymous callers who may not read all
    /// projects are sent nowhere: it would show which names are restricted.
    private func addressElsewhere(
        of project: NormalizedName, in settings: IndexSettings, caller: Caller
    ) async throws -> String? {
        guard !permissions.mustLogIn(caller, toSeeAllOf: settings.name) else { return nil }
        var seen: Set<IndexName> = []
        guard case .upstream(let id) = destination(of: project, in: settings, caller: caller, &seen) else { return nil }
        let standing = try await database.standing(of: project, in: settings.name)
        return indexes.isPrivate(project, standing) ? nil : resolver.upstreams[id]?.pageURL(of: project)
    }

    private enum Destination {
        case upstream(String)
        /// The caller may not look into a place that comes first: it may have the project.
        case hidden
        case nowhere
    }

    private func destination(
        of project: NormalizedName, in settings: IndexSettings, caller: Caller, _ seen: inout Set<IndexName>
    ) -> Destination {
        guard settings.fallback != .none, seen.insert(settings.name).inserted else { return .nowhere }
        for reference in settings.upstreams {
            switch reference {
            case .remote(let id):
                if settings.fallback == .redirect, resolver.upstreams[id] != nil { return .upstream(id) }
            case .index(let name):
                guard let behind = indexes[name] else { continue }
                guard permissions.may(.read, project, in: behind, caller) else { return .hidden }
                let found = destination(of: project, in: behind, caller: caller, &seen)
                if case .nowhere = found { continue }
                return found
            }
        }
        return .nowhere
    }

    private func compressLater(_ page: RenderedPage, _ encoding: RenderedPage.Encoding, for key: PageKey) {
        guard invalidation.pages.claim(encoding, of: page, for: key) else { return }
        compressors.submit { [self] state in
            guard state == .active else { return }
            do {
                guard let variant = try page.makeVariant(encoding) else { return }
                invalidation.pages.set(variant, encoding, of: page, for: key)
            } catch {
                invalidation.pages.set(.useless, encoding, of: page, for: key)
                logger.warning("a page could not be compressed", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Makes the simple API's pages.
private enum SimplePages {
    /// Makes the page of published files alone, whose provenance is in a folder.
    static func project(_ project: ListedProject, provenance folder: String) -> SimpleProjectPage {
        var versions: [String] = []
        // By position: copying a file costs more than writing it.
        for place in project.files.indices where versions.last != project.files[place].version {
            versions.append(project.files[place].version)
        }
        return SimpleProjectPage(
            name: project.name.description,
            heldFiles: project.status.allowsDownloads ? project.files : [],
            heldFilesAddress: heldFilesAddress,
            heldProvenanceAddress: folder,
            versions: versions,
            status: project.status,
            statusReason: project.statusReason,
            lastSerial: project.serial
        )
    }

    /// Makes the page of an offer; the provenance of files that were published here is in a folder.
    static func project(_ offer: ProjectOffer, provenance folder: String) -> SimpleProjectPage {
        var versions: [String] = []
        var seen: Set<String> = []
        var files: [SimpleFile] = []
        files.reserveCapacity(offer.files.count)
        for place in offer.files.indices where offer.isListed(place) {
            let version = offer.files[place].versionText
            if versions.last != version, seen.insert(version).inserted { versions.append(version) }
            files.append(offer.files[place].simple)
            if case .published(let record, _) = offer.files[place].place, record.hasProvenance {
                files[files.endIndex - 1].provenance = ProvenanceLink.to(
                    record.filename, version: record.version, in: folder)
            }
        }
        return SimpleProjectPage(
            name: offer.name.description, files: files, filesAddress: indexAddress, versions: versions,
            status: offer.status, statusReason: offer.statusReason, lastSerial: offer.serial)
    }

    static func written(_ page: SimpleProjectPage, _ format: PageKey.Format) -> ByteBuffer {
        var buffer = ByteBuffer()
        switch format {
        case .json: page.writeJSON(into: &buffer)
        case .html: page.writeHTML(into: &buffer)
        }
        return buffer
    }

    static func projectList(_ listing: ProjectListing, format: PageKey.Format) -> ByteBuffer {
        let list = SimpleProjectList(
            projects: listing.projects.map {
                SimpleProjectList.Project(name: $0.name.description, lastSerial: $0.serial)
            },
            lastSerial: listing.serial)
        var buffer = ByteBuffer()
        switch format {
        case .json: list.writeJSON(into: &buffer)
        case .html: list.writeHTML(into: &buffer)
        }
        return buffer
    }

    /// The index, relative to `/<index>/simple/<project>/`: no page has a host or prefix in it.
    static let indexAddress = "../../"
    /// The folder of the index's files, relative to the same page.
    private static let heldFilesAddress = "../../files/"
}

/// A file as an index lists it, with its address there.
public struct FileListing: Sendable {
    public let name: DistributionFilename
    /// The file on the project's page; its address is relative to the index.
    public let file: SimpleFile
    public let address: FileAddress

    /// Fails if the file name is not that of a distribution of the project.
    fileprivate init?(_ listed: ListedFile, of project: NormalizedName, in index: IndexName) {
        guard let name = DistributionFilename(listed.filename, project: project),
            let locator = FileLink.locator(of: listed.simple.url)
        else { return nil }
        self.name = name
        file = listed.simple
        address = FileAddress(index: index, locator: locator, filename: listed.filename)
    }
}
