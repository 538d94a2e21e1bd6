import PackagingStandards
import Registry

extension ProjectModel {
    /// Puts what is known of a project into words.
    init(
        _ detail: ProjectDetail, readme rendered: ReadmeRenderer.Rendered?, users: DependentList,
        downloads: ProjectDownloads, isOfVersion: Bool, visit: PageVisit
    ) {
        let shown = detail.shown
        let filter = FileFilter(visit)
        let byFile = Dictionary(downloads.files.map { ($0.filename, $0.count) }) { first, _ in first }
        let files = (shown?.files ?? []).filter(filter.includes)
        let maker = FileMaker(detail: detail, downloads: byFile, visit: visit)
        let facts = FactMaker(detail: detail, downloads: downloads, visit: visit)
        title = visit.text("project.title", ["name": detail.displayName])
        name = Foreign.line(detail.displayName)
        version = shown?.versionText
        isOld = isOfVersion && shown.map { $0.version != detail.standing?.version } ?? false
        summary = detail.metadata?.summary.map(Foreign.line)
        index = detail.index.description
        projectPath = ProjectAddress(detail.name, in: detail.index).path
        tags =
            [Self.tag(of: detail.kind, visit)] + Self.tags(of: detail, visit) + (shown.map { maker.tags(of: $0) } ?? [])
        notices = Self.notices(detail, maker, visit)
        install = Self.install(detail, isOfVersion: isOfVersion, visit)
        readme = rendered?.html
        readmeNote = Self.readmeNote(detail, rendered, visit)
        rows = detail.releases.map { release in
            let count = downloads.versions.first { $0.version == release.version }?.count ?? 0
            return maker.row(release, downloads: count, isShown: release.version == shown?.version)
        }
        hasRows = !rows.isEmpty
        fields = filter.fields(for: shown?.files ?? [], visit: visit)
        hasFields = !fields.isEmpty
        isFiltered = !filter.isEmpty
        self.files = files.map(maker.file)
        fileCount =
            filter.isEmpty
            ? visit.files(files.count)
            : visit.text("files.shown", ["shown": "\(files.count)", "count": "\(shown?.files.count ?? 0)"])
        requirements = detail.requirements.map { Requirements($0) }
        hasRequirements = !requirements.isEmpty
        self.users = users.dependents.map { User($0) }
        userCount = visit.number(Int64(users.count))
        isUserCountCut = users.isCut
        known = facts.known
        verified = facts.verified
        hasVerified = !verified.isEmpty
        claimed = facts.claimed
        links = detail.links.map { link in
            Link(
                label: Foreign.line(link.label), address: link.address,
                tag: link.isVerified
                    ? Tag(kind: "good", text: visit.text("facts.link.verified"))
                    : Tag(kind: "", text: visit.text("facts.link.claimed")))
        }
        hasLinks = !links.isEmpty
        classifiers = detail.metadata?.classifiers.map(Foreign.line) ?? []
        hasClassifiers = !classifiers.isEmpty
        hasClaimed = !claimed.isEmpty || hasLinks || hasClassifiers
        why = visit.words(for: detail.explanation)
        command = "cellar why \(detail.name) --index \(detail.index)"
        writers = facts.writers
        hasWriters = !writers.isEmpty
        provenances = (shown?.files ?? []).filter { $0.provenance != .none }.map(maker.signedFile)
        chart = DownloadChart(downloads, visit: visit)
        versionDownloads = downloads.versions.prefix(10).map {
            Fact(label: $0.version.description, values: [visit.downloads($0.count)])
        }
        hasVersionDownloads = !versionDownloads.isEmpty
        manage = visit.caller.isKnown ? "\(detail.index)/projects/\(detail.name)/manage" : nil
        feed = "rss/\(detail.index == .main ? "" : "\(detail.index)/")project/\(detail.name)/releases.xml"
        simple = "\(detail.index)/simple/\(detail.name)/"
    }

    // MARK: Tags and notices

    /// Returns what a project is, at a glance.
    static func tag(of kind: ProjectDetail.Kind, _ visit: PageVisit) -> Tag {
        switch kind {
        case .published: Tag(kind: "good", text: visit.text("project.kind.published"))
        case .cached(let upstream):
            Tag(kind: "info", text: visit.text("project.kind.cached", ["upstream": upstream]))
        case .upstream(let upstream):
            Tag(kind: "", text: visit.text("project.kind.upstream", ["upstream": upstream]))
        case .reserved: Tag(kind: "warn", text: visit.text("project.kind.reserved"))
        }
    }

    private static func tags(of detail: ProjectDetail, _ visit: PageVisit) -> [Tag] {
        guard let name = visit.name(of: detail.status) else { return [] }
        return [Tag(kind: detail.status == .quarantined ? "bad" : "warn", text: name)]
    }

    private static func notices(_ detail: ProjectDetail, _ maker: FileMaker, _ visit: PageVisit) -> [String] {
        var notices: [String] = []
        if let status = visit.name(of: detail.status) {
            notices.append(
                detail.statusReason.map {
                    visit.text("project.status.reason", ["status": status, "reason": Foreign.line($0)])
                } ?? status)
        }
        if detail.isStale { notices.append(visit.text("why.stale")) }
        if let shown = detail.shown { notices += maker.reasons(of: shown) }
        return notices
    }

    private static func readmeNote(
        _ detail: ProjectDetail, _ rendered: ReadmeRenderer.Rendered?, _ visit: PageVisit
    ) -> String? {
        switch detail.metadataState {
        case .known where rendered == nil: visit.text("project.readme.none")
        case .known where rendered?.isCut == true: visit.text("project.readme.cut")
        case .known where rendered?.isReduced == true: visit.text("project.readme.reduced")
        case .known: nil
        case .none: detail.releases.isEmpty ? nil : visit.text("project.readme.none")
        case .unreadable: visit.text("project.readme.unreadable")
        case .unavailable: visit.text("project.readme.unavailable")
        }
    }

    // MARK: Installing

    private static func install(_ detail: ProjectDetail, isOfVersion: Bool, _ visit: PageVisit) -> [Install] {
        let address = ServerAddress(baseURL: visit.baseURL)
        let url = "\(address.baseURL)/\(detail.index)/simple/"
        let trust = address.isTrustedByPip ? "" : " --trusted-host \(address.host)"
        let version = isOfVersion ? detail.shown.map { "==\($0.version)" } ?? "" : ""
        let requirement = "\(detail.name)\(version)"
        let commands = [
            ("pip", "pip install --index-url \(url)\(trust) \(requirement)"),
            ("uv", "uv add --index cellar=\(url) \(requirement)"),
            (
                "Poetry",
                """
                poetry source add --priority=explicit cellar \(url)
                poetry add --source cellar \(isOfVersion ? detail.shown.map { "\(detail.name)@\($0.version)" } ?? requirement : requirement)
                """
            ),
            ("PDM", "pdm config --local pypi.cellar.url \(url)\npdm add \(requirement)"),
        ]
        return commands.enumerated().map { place, command in
            Install(client: command.0, id: command.0.lowercased(), command: command.1, isFirst: place == 0)
        }
    }
}

extension ProjectDetail {
    /// The release that stands for the project: the last final one that is not wholly yanked, else the last that is not,
    /// else the last.
    fileprivate var standing: DetailedRelease? {
        let listed = releases.filter(\.isListed)
        let good = listed.filter { $0.yanked == .no }
        return good.first { !$0.isPrerelease } ?? good.first ?? listed.first ?? releases.first
    }
}

extension ProjectModel.Requirements {
    fileprivate init(_ group: RequirementGroup) {
        extra = group.extra
        requirements = group.requirements.map { member in
            let requirement = member.requirement
            var rest = requirement.specifiers
            if !requirement.requestedExtras.isEmpty {
                rest = "[\(requirement.requestedExtras.joined(separator: ","))] " + rest
            }
            return Requirement(
                name: requirement.name.description, rest: rest.isEmpty ? nil : Foreign.line(rest),
                marker: requirement.marker.map(Foreign.line),
                path: member.index.map { ProjectAddress(requirement.name, in: $0).path })
        }
    }
}

extension ProjectModel.User {
    fileprivate init(_ dependent: Dependent) {
        name = Foreign.line(dependent.displayName)
        path = ProjectAddress(dependent.project, in: dependent.index).path
        requirement = Foreign.line(dependent.requirement)
        version = dependent.version
        index = dependent.index.description
        isOptional = dependent.isOptional
    }
}

extension PageVisit {
    /// Returns the name of a project's status; nil for an active one.
    func name(of status: ProjectStatus) -> String? {
        switch status {
        case .active: nil
        case .archived: text("project.status.archived")
        case .quarantined: text("project.status.quarantined")
        case .deprecated: text("project.status.deprecated")
        }
    }

    /// Says how many downloads there were.
    func downloads(_ count: Int64) -> String {
        count == 1 ? text("downloads.count.one") : text("downloads.count", ["count": number(count)])
    }

    /// Says how many files there are.
    func files(_ count: Int) -> String {
        count == 1 ? text("project.count.one") : text("project.count", ["count": number(Int64(count))])
    }
}
