import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// What owners and administrators do with a project: yank, delete, its status, rights, publishers and exceptions.
struct ManagePages: Sendable {
    let desk: Desk

    /// The parts of an address.
    struct Place: Sendable {
        let index: String
        let project: String
    }

    /// How many releases the page lists.
    private static let mostReleases = 100

    /// Returns the page of a project.
    func page(_ place: Place, query: String, visit: PageVisit) async throws -> Response {
        try await with(place, visit) { project in
            try await overview(project, notice: Self.notice(of: query, visit), visit: visit)
        }
    }

    /// Finds the project of an address for somebody who is signed in, and answers; others are led to sign in.
    func with(
        _ place: Place, _ visit: PageVisit, _ answer: (ManagedProject) async throws -> Response
    ) async throws -> Response {
        guard visit.session != nil else {
            return SignInPages.required(
                for: visit.place ?? .at("\(place.index)/projects/\(place.project)/manage"), visit: visit)
        }
        guard let index = IndexName(place.index), let name = NormalizedName(place.project) else {
            throw RegistryError(.notFound, "There is nothing under this address.")
        }
        return try await answer(ManagedProject(name, in: index, desk.registry, visit.caller))
    }

    /// Does what a form of the page asks for, and leads back to the page; or shows the page with why it was not done.
    func change(
        _ place: Place, _ part: String, _ form: SentForm, done: String, visit: PageVisit,
        _ act: (ManagedProject) async throws -> Void
    ) async throws -> Response {
        try await with(place, visit) { project in
            do {
                try await act(project)
            } catch let error as RegistryError where error.isShownInForm {
                return try await overview(
                    project, attempt: Attempt(part: part, form: form, problem: visit.text(of: error)),
                    status: error.formStatus, visit: visit)
            }
            return Layout.redirect(to: .at(project.path), query: "?done=\(done)#\(part)", from: visit)
        }
    }

    /// Returns the whole page of a project.
    private func overview(
        _ project: ManagedProject, attempt: Attempt? = nil, notice: String? = nil, status: HTTPResponse.Status? = nil,
        visit: PageVisit
    ) async throws -> Response {
        var parts: [Screen.Part] = [
            Screen.Part(visit.text("manage.may"), anchor: "may", [.table(RightWords.table(project.rights, visit))]),
            releases(project, visit), statusPart(project, attempt, visit),
        ]
        parts.append(try await GrantsPart(desk: desk).part(project, attempt, visit))
        parts.append(try await PublishersPart(desk: desk).part(project, attempt, visit))
        parts.append(try await ExceptionsPart(desk: desk).part(project, attempt, visit))
        parts.append(namePart(project, visit))
        parts.append(deletionPart(project, visit))
        let lead =
            project.record.map { record in
                visit.text(
                    "manage.lead",
                    [
                        "index": project.index.description, "origin": record.origin.description,
                        "status": record.status.rawValue,
                    ])
            } ?? visit.text("manage.unknown", ["index": project.index.description])
        return desk.show(
            Screen(
                title: visit.text("manage.title", ["project": project.record?.displayName ?? project.name.description]),
                lead: lead, menu: Self.menu(project, visit), notice: notice,
                problem: attempt.map { _ in visit.text("screen.nothingSaved") }, parts: parts),
            to: visit, status: status)
    }

    static func menu(_ project: ManagedProject, _ visit: PageVisit) -> Screen.Menu {
        let page = "./\(visit.home)\(project.index)/projects/\(project.name)/"
        let manage = "./\(visit.home)\(project.path)"
        let parts = [
            ("releases", visit.text("manage.releases")), ("status", visit.text("manage.status")),
            ("grants", visit.text("manage.grants")), ("publishers", visit.text("manage.publishers")),
            ("exceptions", visit.text("manage.exceptions")), ("name", visit.text("manage.name")),
            ("deletion", visit.text("manage.deletion")),
        ]
        return Screen.Menu(
            menuLabel: visit.text("manage.menu"),
            entries: [
                Screen.Menu.Entry(entryLabel: visit.text("manage.page"), entryLink: page, isHere: false)
            ]
                + parts.map { anchor, label in
                    Screen.Menu.Entry(entryLabel: label, entryLink: "\(manage)#\(anchor)", isHere: false)
                })
    }

    // MARK: Releases

    private func releases(_ project: ManagedProject, _ visit: PageVisit) -> Screen.Part {
        let releases = project.releases
        let table = Table(
            visit.text("manage.releases"),
            [
                Table.Column(visit.text("manage.version")),
                Table.Column(visit.text("manage.files"), isAmount: true),
                Table.Column(visit.text("manage.size"), isAmount: true), Table.Column(visit.text("manage.published")),
                Table.Column(visit.text("manage.state")),
            ],
            releases.prefix(Self.mostReleases).map { release in
                let target = "./\(visit.home)\(project.path)/release/\(PathPart.encoded(release.version))"
                return [
                    Cell(.link(release.version, target)), .number(String(release.files.count)),
                    .number(Shown.size(release.files.reduce(0) { $0 + $1.size })),
                    .text(release.files.map(\.uploadedAt).min().map(Shown.day) ?? ""),
                    Cell(pieces: Self.state(of: release.files, visit)),
                ]
            }, empty: visit.text("manage.releases.none"))
        var blocks: [Block] = [.table(table)]
        if releases.count > Self.mostReleases {
            let shown = String(Self.mostReleases)
            blocks.append(
                .text(visit.text("manage.releases.more", ["count": String(releases.count), "shown": shown])))
            blocks.append(
                .form(
                    .asking(
                        visit, at: project.path + "/find",
                        [.line("version", visit.text("manage.version"), isRequired: true)],
                        button: visit.text("manage.find"))))
        }
        return Screen.Part(visit.text("manage.releases"), anchor: "releases", blocks)
    }

    /// Returns tags for what is to be said of files: yanked, cached.
    static func state(of files: [FileRecord], _ visit: PageVisit) -> [Piece] {
        var pieces: [Piece] = []
        let yanked = files.filter { $0.yanked != .no }
        if !yanked.isEmpty {
            pieces.append(
                .tag(
                    yanked.count == files.count
                        ? visit.text("manage.yanked") : visit.text("manage.partlyYanked"), .warning))
            for reason in Set(yanked.compactMap(\.yanked.reason)).sorted().prefix(3) { pieces.append(.small(reason)) }
        }
        if let source = files.first?.source {
            pieces.append(.tag(visit.text("manage.cached", ["name": source.upstream])))
        }
        return pieces
    }

    // MARK: Status

    private func statusPart(_ project: ManagedProject, _ attempt: Attempt?, _ visit: PageVisit) -> Screen.Part {
        guard let record = project.record else {
            return Screen.Part(
                visit.text("manage.status"), anchor: "status",
                [.why(visit.text("manage.unknown", ["index": project.index.description]))])
        }
        var blocks: [Block] = [
            .facts(
                [
                    Fact(visit.text("manage.status"), .tag(record.status.rawValue, Self.tone(of: record.status))),
                    record.statusReason.map { Fact(visit.text("manage.reason"), .text($0)) },
                ].compactMap(\.self))
        ]
        guard project.holds(.administer) else {
            return Screen.Part(
                visit.text("manage.status"), anchor: "status", blocks + [project.whyNot(.administer, visit)])
        }
        let typed = Attempt.value(attempt, "status", in: "status")
        blocks.append(
            .form(
                .changing(
                    visit, to: project.path + "/status",
                    [
                        .choice(
                            "status", visit.text("manage.status.new"),
                            ProjectStatus.allCases.map { ($0.rawValue, Self.meaning(of: $0, visit)) },
                            chosen: typed.isEmpty ? record.status.rawValue : typed, id: "new-status"),
                        .line(
                            "reason", visit.text("manage.reason"), Attempt.value(attempt, "reason", in: "status"),
                            hint: visit.text("manage.reason.hint"), problem: Attempt.problem(attempt, in: "status"),
                            longest: 500, id: "status-reason"),
                    ], button: visit.text("manage.status.set"))))
        blocks.append(
            .command(
                visit.text("screen.command"),
                CommandLine.text(
                    ["cellar", "project", "status", project.name.description, "archived", "--reason", "REASON"]
                        + project.options())))
        return Screen.Part(visit.text("manage.status"), anchor: "status", blocks)
    }

    private static func tone(of status: ProjectStatus) -> Piece.Tag.Tone {
        switch status {
        case .active: .good
        case .archived, .deprecated: .warning
        case .quarantined: .bad
        }
    }

    private static func meaning(of status: ProjectStatus, _ visit: PageVisit) -> String {
        switch status {
        case .active: visit.text("status.active")
        case .archived: visit.text("status.archived")
        case .quarantined: visit.text("status.quarantined")
        case .deprecated: visit.text("status.deprecated")
        }
    }

    /// Sets the status.
    func setStatus(_ place: Place, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await change(place, "status", form, done: "status", visit: visit) { project in
            guard let status = ProjectStatus(rawValue: form["status"]) else {
                throw RegistryError(.invalidRequest, visit.text("manage.status.choose"))
            }
            try await desk.registry.management.setStatus(
                status, reason: try ReasonField.read(form, visit), of: project.name, in: project.index,
                caller: visit.caller)
        }
    }

    // MARK: The name, and the end

    private func namePart(_ project: ManagedProject, _ visit: PageVisit) -> Screen.Part {
        var blocks: [Block] = [.text(visit.text("manage.name.lead"))]
        if project.holds(.claim) {
            blocks.append(
                .links([
                    .link(visit.text("manage.claim"), "./\(visit.home)\(project.path)/claim"),
                    .link(visit.text("manage.giveBack"), "./\(visit.home)\(project.path)/give-back"),
                ]))
        } else {
            blocks.append(project.whyNot(.claim, visit))
        }
        return Screen.Part(visit.text("manage.name"), anchor: "name", blocks)
    }

    private func deletionPart(_ project: ManagedProject, _ visit: PageVisit) -> Screen.Part {
        var blocks: [Block] = [.text(visit.text("manage.deletion.lead"))]
        if project.record == nil {
            blocks.append(.why(visit.text("manage.unknown", ["index": project.index.description])))
        } else if project.holds(.delete) {
            blocks.append(
                .links([.link(visit.text("manage.delete.project"), "./\(visit.home)\(project.path)/delete")]))
        } else {
            blocks.append(project.whyNot(.delete, visit))
        }
        return Screen.Part(visit.text("manage.deletion"), anchor: "deletion", blocks)
    }

    /// Returns what has been done, by a parameter of the address.
    private static func notice(of query: String, _ visit: PageVisit) -> String? {
        switch query {
        case "done=status": visit.text("manage.done.status")
        case "done=granted": visit.text("manage.done.granted")
        case "done=taken": visit.text("manage.done.taken")
        case "done=publisher": visit.text("manage.done.publisher")
        case "done=unpublished": visit.text("manage.done.unpublished")
        case "done=exception": visit.text("manage.done.exception")
        case "done=unexcepted": visit.text("manage.done.unexcepted")
        case "done=claimed": visit.text("manage.done.claimed")
        case "done=released": visit.text("manage.done.released")
        case "done=deleted": visit.text("manage.done.deleted")
        default: nil
        }
    }
}

/// The reason that somebody gives in a form.
enum ReasonField {
    private static let longest = 500

    /// Returns the reason, or nil if none is given. Throws `.invalidRequest` unless it is one line.
    static func read(_ form: SentForm, _ visit: PageVisit) throws -> String? {
        let text = form["reason"]
        guard !text.isEmpty else { return nil }
        let scalars = text.unicodeScalars
        guard scalars.count <= longest, scalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw RegistryError(.invalidRequest, visit.text("manage.reason.wrong"))
        }
        return text
    }
}
