import Hummingbird
import PackagingStandards
import Registry

/// All grants, and what somebody may do and why.
struct RightsPages: Sendable {
    let admin: AdminDesk
    private static let anchor = "new"

    /// Returns all grants, and the forms to give one and to ask about somebody.
    func list(query: String, asked: AccessQuestion, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice =
                switch query {
                case "done=granted": visit.text("manage.done.granted")
                case "done=taken": visit.text("manage.done.taken")
                default: nil as String?
                }
            return try await list(visit, asked, notice: notice)
        }
    }

    /// Whose rights on what somebody asks for.
    struct AccessQuestion {
        var user = ""
        var project = ""
        var index = ""
    }

    private func list(
        _ visit: PageVisit, _ asked: AccessQuestion = AccessQuestion(), notice: String? = nil,
        attempt: Attempt? = nil, error: RegistryError? = nil
    ) async throws -> Response {
        let grants = try await admin.registry.granting.grants(caller: visit.caller)
        let names = admin.desk.indexes.map(\.name.description)
        var fields = GrantFields.fields(attempt, in: Self.anchor, visit)
        fields += [
            .choice(
                "index", visit.text("rights.index"),
                [("", visit.text("place.server"))] + names.map { ($0, $0) },
                chosen: Attempt.value(attempt, "index", in: Self.anchor), id: "grant-index"),
            .line(
                "project", visit.text("grants.projects"), Attempt.value(attempt, "project", in: Self.anchor),
                hint: visit.text("grants.projects.hint"), id: "grant-project"),
        ]
        let answer = try await self.answer(asked, visit)
        let ask = EntryForm.asking(
            visit, at: "admin/grants",
            [
                .line("user", visit.text("grants.who"), asked.user, problem: answer.problem, isRequired: true),
                .line("project", visit.text("rights.project"), asked.project, isRequired: true),
                .choice(
                    "index", visit.text("rights.index"), names.map { ($0, $0) },
                    chosen: asked.index.isEmpty ? names.first ?? "" : asked.index),
            ], button: visit.text("rights.ask.button"))
        return admin.show(
            Screen(
                title: visit.text("grants.title"), lead: visit.text("grants.lead"), notice: notice,
                problem: error.map { _ in visit.text("screen.nothingSaved") },
                parts: [
                    Screen.Part(nil, [.table(GrantFields.table(grants, removal: "admin/grants", visit))]),
                    Screen.Part(
                        visit.text("grants.new"), anchor: Self.anchor,
                        [
                            .form(.changing(visit, to: "admin/grants", fields, button: visit.text("grants.give"))),
                            admin.command("cellar", "grant", "add", "read", "group:NAME", visit: visit),
                        ]),
                    Screen.Part(
                        visit.text("grants.why"), anchor: "why",
                        [.form(ask)] + answer.blocks
                            + [admin.command("cellar", "why-access", "USER", "PROJECT", visit: visit)]),
                ]), visit, status: error?.formStatus)
    }

    private func answer(
        _ asked: AccessQuestion, _ visit: PageVisit
    ) async throws -> (blocks: [Block], problem: String?) {
        guard !asked.user.isEmpty else { return ([], nil) }
        guard let project = NormalizedName(asked.project), let index = IndexName(asked.index) else {
            return ([], visit.text("rights.noName"))
        }
        do {
            let rights = try await admin.registry.granting.explain(
                asked.user, project: project, in: index, caller: visit.caller)
            return ([.table(RightWords.table(rights, visit))], nil)
        } catch let error as RegistryError where error.isShownInForm {
            return ([], visit.text(of: error))
        }
    }

    /// Gives a right.
    func add(_ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/grants", done: "granted") {
            let (right, principal) = try GrantFields.read(form, visit)
            _ = try await admin.registry.granting.add(
                right, to: principal, on: try Self.scope(form, visit), caller: visit.caller)
        } orElse: { error in
            try await list(
                visit, attempt: Attempt(part: Self.anchor, form: form, problem: visit.text(of: error)), error: error)
        }
    }

    private static func scope(_ form: SentForm, _ visit: PageVisit) throws -> GrantScope {
        guard !form["index"].isEmpty else {
            guard form["project"].isEmpty else {
                throw RegistryError(.invalidRequest, visit.text("grants.noIndex"))
            }
            return .server
        }
        guard let index = IndexName(form["index"]) else {
            throw RegistryError(.invalidRequest, visit.text("grants.noIndex"))
        }
        guard !form["project"].isEmpty else { return .index(index) }
        guard let pattern = NamePattern(form["project"]) else {
            throw RegistryError(.invalidRequest, visit.text("grants.projects.wrong"))
        }
        return .projects(index, pattern)
    }

    /// Returns the preview of taking a right back.
    func removal(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await removal(id, visit).0, visit) }
    }

    /// Takes a right back.
    func remove(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let (preview, record) = try await removal(id, visit)
            do {
                try await admin.registry.granting.remove(record.id, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return admin.preview(preview, visit, after: error)
            }
            return Layout.redirect(to: .at("admin/grants"), query: "?done=taken", from: visit)
        }
    }

    private func removal(_ id: String, _ visit: PageVisit) async throws -> (Confirmation, GrantRecord) {
        let grants = try await admin.registry.granting.grants(caller: visit.caller)
        guard let record = grants.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "There is no grant with this number.")
        }
        let isLast =
            record.grant.scope.pattern != nil && grants.count { $0.grant.scope == record.grant.scope } == 1
        return (
            GrantFields.confirmation(
                of: record, action: "admin/grants/\(id)/remove", back: "admin/grants",
                warning: isLast ? visit.text("grants.last") : nil, visit), record
        )
    }
}
