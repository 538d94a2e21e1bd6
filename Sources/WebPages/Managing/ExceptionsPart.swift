import Hummingbird
import PackagingStandards
import Registry

/// The exceptions to the policy of an index, for a project.
struct ExceptionsPart: Sendable {
    let desk: Desk
    private static let anchor = "exceptions"

    /// Returns the part of the page of a project.
    func part(_ project: ManagedProject, _ attempt: Attempt?, _ visit: PageVisit) async throws -> Screen.Part {
        let heading = visit.text("manage.exceptions")
        let found: [PolicyException]
        do {
            found = try await desk.registry.policies.exceptions(
                of: project.name, in: project.index, caller: visit.caller)
        } catch let error as RegistryError where error.code == .forbidden || error.code == .notFound {
            return Screen.Part(heading, anchor: Self.anchor, [project.whyNot(.administer, visit)])
        }
        let table = Table(
            heading,
            [
                Table.Column(visit.text("manage.version")), Table.Column(visit.text("manage.reason")),
                Table.Column(visit.text("exceptions.until")), Table.Column(visit.text("rights.by")),
                Table.Column(visit.text("screen.act")),
            ],
            found.map { exception in
                [
                    .text(exception.version?.description ?? visit.text("exceptions.all")), .text(exception.reason),
                    .text(exception.expiresAt.map(Shown.time) ?? visit.text("tokens.never")),
                    Cell(.text(exception.createdBy), .small(Shown.day(exception.createdAt))),
                    Cell(
                        .link(
                            visit.text("exceptions.remove", ["number": String(exception.id)]),
                            "./\(visit.home)\(project.path)/exceptions/\(exception.id)/remove")),
                ]
            }, empty: visit.text("exceptions.none"))
        let problem = Attempt.problem(attempt, in: Self.anchor)
        let form = EntryForm.changing(
            visit, to: project.path + "/exceptions",
            [
                .line(
                    "version", visit.text("exceptions.version"), Attempt.value(attempt, "version", in: Self.anchor),
                    hint: visit.text("exceptions.version.hint"), longest: 100, id: "exception-version"),
                .line(
                    "reason", visit.text("manage.reason"), Attempt.value(attempt, "reason", in: Self.anchor),
                    problem: problem, isRequired: true, longest: 500, id: "exception-reason"),
                .line(
                    "until", visit.text("exceptions.until"), Attempt.value(attempt, "until", in: Self.anchor),
                    kind: .date, hint: visit.text("exceptions.until.hint"), longest: 10),
            ], button: visit.text("exceptions.add"))
        return Screen.Part(
            heading, anchor: Self.anchor,
            [
                .text(visit.text("exceptions.lead")), .table(table), .form(form),
                .command(
                    visit.text("screen.command"),
                    CommandLine.text(
                        [
                            "cellar", "policy", "exception", "add", "--project", project.name.description, "--reason",
                            "REASON",
                        ] + project.options())),
            ])
    }

    /// Adds an exception.
    func add(_ place: ManagePages.Place, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).change(place, Self.anchor, form, done: "exception", visit: visit) { project in
            var version: Version?
            if !form["version"].isEmpty {
                guard let read = Version(form["version"]), form["version"].utf8.allSatisfy(ASCII.isVisible) else {
                    throw RegistryError(.invalidRequest, visit.text("exceptions.version.wrong"))
                }
                version = read
            }
            _ = try await desk.registry.policies.add(
                ExceptionRequest(
                    index: project.index, project: project.name, version: version, reason: form["reason"],
                    expiresAt: try Self.end(form["until"], visit)),
                caller: visit.caller)
        }
    }

    /// Returns the end of the day in UTC, or nil for none.
    private static func end(_ text: String, _ visit: PageVisit) throws -> Timestamp? {
        guard !text.isEmpty else { return nil }
        guard let moment = Timestamp(iso8601: text + "T00:00:00Z") else {
            throw RegistryError(.invalidRequest, visit.text("exceptions.until.wrong"))
        }
        return Timestamp(microseconds: moment.microseconds + 86_400_000_000)
    }

    /// Returns the preview of ending an exception.
    func removal(_ place: ManagePages.Place, _ id: String, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).with(place, visit) { project in
            let (preview, _) = try await preview(of: id, project, visit)
            return desk.show(preview.screen(visit, menu: ManagePages.menu(project, visit)), to: visit)
        }
    }

    /// Ends an exception.
    func remove(_ place: ManagePages.Place, _ id: String, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).with(place, visit) { project in
            let (_, exception) = try await preview(of: id, project, visit)
            try await desk.registry.policies.remove(exception.id, in: project.index, caller: visit.caller)
            return Layout.redirect(to: .at(project.path), query: "?done=unexcepted#\(Self.anchor)", from: visit)
        }
    }

    private func preview(
        of id: String, _ project: ManagedProject, _ visit: PageVisit
    ) async throws -> (Confirmation, PolicyException) {
        let found = try await desk.registry.policies.exceptions(
            of: project.name, in: project.index, caller: visit.caller)
        guard let exception = found.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "The project \(project.name) has no exception with this number.")
        }
        let facts = [
            Fact(visit.text("manage.version"), .text(exception.version?.description ?? visit.text("exceptions.all"))),
            Fact(visit.text("manage.reason"), .text(exception.reason)),
            Fact(
                visit.text("exceptions.until"),
                .text(exception.expiresAt.map(Shown.time) ?? visit.text("tokens.never"))),
        ]
        return (
            Confirmation(
                title: visit.text("exceptions.remove.title"), lead: visit.text("exceptions.remove.lead"),
                action: "\(project.path)/exceptions/\(exception.id)/remove",
                button: visit.text("exceptions.remove.button"), back: project.path,
                parts: [Screen.Part(nil, [.facts(facts)])],
                command: CommandLine.text(
                    ["cellar", "policy", "exception", "remove", String(exception.id)] + project.options())), exception
        )
    }
}
