import Hummingbird
import Registry

/// The sessions of one's own account, and what happened to it.
struct SessionPages: Sendable {
    let desk: Desk

    /// Returns the list of sessions.
    func page(query: String, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else {
            return SignInPages.required(for: .at("account/sessions"), visit: visit)
        }
        let sessions = try await desk.registry.tokens.tokens(of: .user(session.person.name), caller: session.caller)
            .filter(\.isSession)
        let table = Table(
            visit.text("sessions.yours"),
            [
                Table.Column(visit.text("sessions.begun")), Table.Column(visit.text("tokens.expires")),
                Table.Column(visit.text("tokens.used")), Table.Column(visit.text("screen.act")),
            ],
            sessions.sorted { $0.createdAt > $1.createdAt }.map { row($0, session, visit) },
            empty: visit.text("sessions.none"))
        let endAll = EntryForm.changing(
            visit, to: "account/sign-out", button: visit.text("sessions.endAll"), isDangerous: true)
        return desk.show(
            Screen(
                title: visit.text("sessions.title"), lead: visit.text("sessions.lead"), menu: AccountMenu.menu(visit),
                notice: query == "done=ended" ? visit.text("sessions.ended") : nil,
                parts: [
                    Screen.Part(nil, [.table(table)]),
                    Screen.Part(
                        visit.text("sessions.all"), anchor: "all",
                        [.text(visit.text("sessions.all.hint")), .form(endAll)]),
                ]),
            to: visit)
    }

    private func row(_ token: TokenRecord, _ session: PageVisit.Session, _ visit: PageVisit) -> [Cell] {
        var first = Cell(.text(Shown.time(token.createdAt)))
        if token.id == session.holder.id {
            first = Cell(.text(Shown.time(token.createdAt)), .tag(visit.text("sessions.here"), .good))
        }
        return [
            first, .text(token.expiresAt.map(Shown.time) ?? visit.text("tokens.never")),
            .text(TokenWords.moment(token.lastUsedAt, visit)),
            Cell(
                .link(
                    visit.text("sessions.end.link", ["number": String(token.id)]),
                    "./\(visit.home)account/tokens/\(token.id)/revoke")),
        ]
    }

    // MARK: History

    /// How many lines a page of the history has.
    private static let pageSize = 50

    /// Returns what happened to the account, the newest first; `before` is the number of a line.
    func history(before: String?, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else {
            return SignInPages.required(for: .at("account/history"), visit: visit)
        }
        let lines = try await desk.registry.management.ownHistory(
            before: before.flatMap { Int64($0) }, limit: Self.pageSize + 1, caller: session.caller)
        let shown = lines.prefix(Self.pageSize)
        let table = Table(
            visit.text("history.title"),
            [
                Table.Column(visit.text("audit.when")), Table.Column(visit.text("audit.what")),
                Table.Column(visit.text("audit.who")), Table.Column(visit.text("audit.from")),
                Table.Column(visit.text("audit.with")),
            ],
            shown.map { AuditWords.ownRow($0, visit) }, empty: visit.text("audit.none"))
        var blocks: [Block] = [.table(table)]
        if lines.count > shown.count, let last = shown.last {
            blocks.append(
                .links([
                    .link(visit.text("audit.older"), "./\(visit.home)account/history?before=\(last.id)")
                ]))
        }
        return desk.show(
            Screen(
                title: visit.text("history.title"), lead: visit.text("history.lead"), menu: AccountMenu.menu(visit),
                parts: [Screen.Part(nil, blocks)]),
            to: visit)
    }
}
