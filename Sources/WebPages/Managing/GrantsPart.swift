import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The grants of a project, and those who give and take them.
struct GrantsPart: Sendable {
    let desk: Desk
    private static let anchor = "grants"

    /// Returns the part of the page of a project.
    func part(_ project: ManagedProject, _ attempt: Attempt?, _ visit: PageVisit) async throws -> Screen.Part {
        let heading = visit.text("manage.grants")
        let grants: [GrantRecord]
        do {
            grants = try await desk.registry.granting.grants(
                in: project.index, of: project.name, caller: visit.caller)
        } catch let error as RegistryError where error.code == .forbidden {
            return Screen.Part(heading, anchor: Self.anchor, [.why(visit.text("manage.grants.whyNot"))])
        }
        let form = EntryForm.changing(
            visit, to: project.path + "/grants", GrantFields.fields(attempt, in: Self.anchor, visit),
            button: visit.text("grants.give"))
        return Screen.Part(
            heading, anchor: Self.anchor,
            [
                .text(
                    grants.isEmpty ? visit.text("manage.grants.lists") : visit.text("manage.grants.own")),
                .table(GrantFields.table(grants, removal: project.path + "/grants", visit)), .form(form),
                .command(
                    visit.text("screen.command"),
                    CommandLine.text(
                        ["cellar", "grant", "add", "read", "user:NAME", "--project", project.name.description]
                            + project.options())),
            ])
    }

    /// Gives a right.
    func add(_ place: ManagePages.Place, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).change(place, Self.anchor, form, done: "granted", visit: visit) { project in
            let (right, principal) = try GrantFields.read(form, visit)
            _ = try await desk.registry.granting.add(
                right, to: principal, on: .projects(project.index, .name(project.name)), caller: visit.caller)
        }
    }

    /// Returns the preview of taking a right back.
    func removal(_ place: ManagePages.Place, _ id: String, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).with(place, visit) { project in
            let (preview, _) = try await preview(of: id, project, visit)
            return desk.show(preview.screen(visit, menu: ManagePages.menu(project, visit)), to: visit)
        }
    }

    /// Takes a right back.
    func remove(_ place: ManagePages.Place, _ id: String, visit: PageVisit) async throws -> Response {
        try await ManagePages(desk: desk).with(place, visit) { project in
            let (preview, record) = try await preview(of: id, project, visit)
            do {
                try await desk.registry.granting.remove(record.id, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return desk.show(
                    preview.screen(visit, menu: ManagePages.menu(project, visit), problem: visit.text(of: error)),
                    to: visit, status: error.formStatus)
            }
            return Layout.redirect(to: .at(project.path), query: "?done=taken#\(Self.anchor)", from: visit)
        }
    }

    private func preview(
        of id: String, _ project: ManagedProject, _ visit: PageVisit
    ) async throws -> (Confirmation, GrantRecord) {
        let grants = try await desk.registry.granting.grants(in: project.index, of: project.name, caller: visit.caller)
        guard let record = grants.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "The project \(project.name) has no grant with this number.")
        }
        let isLast = grants.count == 1
        return (
            GrantFields.confirmation(
                of: record, action: "\(project.path)/grants/\(record.id)/remove", back: project.path,
                warning: isLast ? visit.text("grants.last") : nil, visit), record
        )
    }
}

/// The fields and tables of grants, which pages of owners and of administrators share.
enum GrantFields {
    /// Returns the fields of a new grant.
    static func fields(_ attempt: Attempt?, in part: String, _ visit: PageVisit) -> [Field] {
        let typed = Attempt.value(attempt, "right", in: part)
        return [
            .choice(
                "right", visit.text("rights.right"),
                Right.allCases.map { right in
                    (value: right.rawValue, text: "\(right.rawValue): \(RightWords.meaning(of: right, visit))")
                }, chosen: typed.isEmpty ? "read" : typed, id: "grant-right"),
            .line(
                "principal", visit.text("grants.principal"), Attempt.value(attempt, "principal", in: part),
                hint: visit.text("grants.principal.hint"), problem: Attempt.problem(attempt, in: part),
                isRequired: true, longest: 80),
        ]
    }

    /// Reads them. Throws `.invalidRequest`.
    static func read(_ form: SentForm, _ visit: PageVisit) throws -> (Right, Principal) {
        guard let right = Right(rawValue: form["right"]) else {
            throw RegistryError(.invalidRequest, visit.text("grants.noRight"))
        }
        guard let principal = Principal(form["principal"].filter { !$0.isWhitespace }) else {
            throw RegistryError(.invalidRequest, visit.text("grants.noPrincipal"))
        }
        return (right, principal)
    }

    /// Returns a table of grants; `removal` is the address below which their previews are.
    static func table(_ grants: [GrantRecord], removal: String, _ visit: PageVisit) -> Table {
        Table(
            visit.text("manage.grants"),
            [
                Table.Column(visit.text("rights.to")), Table.Column(visit.text("rights.right")),
                Table.Column(visit.text("rights.where")), Table.Column(visit.text("rights.by")),
                Table.Column(visit.text("screen.act")),
            ],
            grants.map { record in
                let act =
                    record.isDeclared
                    ? Cell(.small(visit.text("grants.declared")))
                    : Cell(
                        .link(
                            visit.text(
                                "grants.take", ["right": record.grant.right.rawValue, "principal": record.principal]),
                            "./\(visit.home)\(removal)/\(record.id)/remove"))
                return [
                    Cell(.code(record.principal)), Cell(.code(record.grant.right.rawValue)),
                    .text(RightWords.place(record.grant.scope, visit)),
                    Cell(.text(record.grantedBy), .small(Shown.day(record.grantedAt))), act,
                ]
            }, empty: visit.text("grants.none"))
    }

    /// Returns the preview of taking a grant back.
    static func confirmation(
        of record: GrantRecord, action: String, back: String, warning: String?, _ visit: PageVisit
    ) -> Confirmation {
        var words = ["cellar", "grant", "remove", record.grant.right.rawValue, record.principal]
        if let pattern = record.grant.scope.pattern { words += ["--project", pattern.description] }
        if let index = record.grant.scope.index { words += ["--index", index.description] }
        return Confirmation(
            title: visit.text("grants.take.title"), lead: visit.text("grants.take.lead"), action: action,
            button: visit.text("grants.take.button"), back: back,
            parts: [
                Screen.Part(
                    nil,
                    [
                        .facts([
                            Fact(visit.text("rights.to"), .code(record.principal)),
                            Fact(visit.text("rights.right"), .code(record.grant.right.rawValue)),
                            Fact(
                                visit.text("rights.where"),
                                .text(RightWords.place(record.grant.scope, visit))),
                        ])
                    ])
            ], warning: warning, command: CommandLine.text(words))
    }
}
