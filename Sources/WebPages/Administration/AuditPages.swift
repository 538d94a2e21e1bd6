import Hummingbird
import PackagingStandards
import Registry

/// Who changed what, with filters, a page at a time.
struct AuditPages: Sendable {
    let admin: AdminDesk
    private static let pageSize = 100

    /// The filters, as they are typed.
    struct Filter {
        var actor = ""
        var action = ""
        var index = ""
        var project = ""
        var address = ""
        /// Days in UTC.
        var since = ""
        var until = ""
        /// Only lines with a smaller number.
        var before = ""

        fileprivate var query: String {
            [
                ("actor", actor), ("action", action), ("index", index), ("project", project), ("address", address),
                ("since", since), ("until", until),
            ].filter { !$0.1.isEmpty }.map { "\($0.0)=\(PathPart.encoded($0.1))" }.joined(separator: "&")
        }

        fileprivate var command: String {
            var words = ["cellar", "audit"]
            for (option, value) in [
                ("--actor", actor), ("--action", action), ("--index", index), ("--project", project),
                ("--address", address), ("--since", since), ("--until", until),
            ] where !value.isEmpty {
                words += [option, value]
            }
            return CommandLine.text(words)
        }
    }

    func page(_ filter: Filter, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            guard let query = Self.query(filter) else {
                return admin.show(
                    Screen(
                        title: visit.text("audit.title"), problem: visit.text("audit.wrong"),
                        parts: [Screen.Part(nil, [.form(form(filter, visit))])]), visit)
            }
            let lines = try await admin.registry.management.audit(query, caller: visit.caller)
            let shown = lines.prefix(Self.pageSize)
            let table = Table(
                visit.text("audit.title"),
                [
                    Table.Column(visit.text("audit.when")), Table.Column(visit.text("audit.what")),
                    Table.Column(visit.text("audit.who")), Table.Column(visit.text("audit.from")),
                    Table.Column(visit.text("audit.with")), Table.Column(visit.text("audit.request")),
                ],
                shown.map { line in
                    AuditWords.ownRow(line, visit) + [Cell(pieces: line.origin.requestID.map { [.small($0)] } ?? [])]
                }, empty: visit.text("audit.none"))
            var blocks: [Block] = [.table(table)]
            if lines.count > shown.count, let last = shown.last {
                let rest = filter.query.isEmpty ? "" : filter.query + "&"
                blocks.append(
                    .links([
                        .link(visit.text("audit.older"), "./\(visit.home)admin/audit?\(rest)before=\(last.id)")
                    ]))
            }
            return admin.show(
                Screen(
                    title: visit.text("audit.title"), lead: visit.text("audit.lead"),
                    parts: [
                        Screen.Part(
                            visit.text("audit.filter"), anchor: "filter",
                            [
                                .form(form(filter, visit)),
                                .command(visit.text("screen.command"), filter.command),
                            ]),
                        Screen.Part(visit.text("audit.lines"), anchor: "lines", blocks),
                    ]), visit)
        }
    }

    private func form(_ filter: Filter, _ visit: PageVisit) -> EntryForm {
        let names = admin.desk.indexes.map(\.name.description)
        return .asking(
            visit, at: "admin/audit",
            [
                .line("actor", visit.text("audit.actor"), filter.actor),
                .line("action", visit.text("audit.action"), filter.action, hint: visit.text("audit.action.hint")),
                .choice(
                    "index", visit.text("rights.index"), [("", visit.text("cache.all"))] + names.map { ($0, $0) },
                    chosen: filter.index),
                .line("project", visit.text("rights.project"), filter.project),
                .line("address", visit.text("audit.address"), filter.address),
                .line("since", visit.text("audit.since"), filter.since, kind: .date, longest: 10),
                .line("until", visit.text("audit.until"), filter.until, kind: .date, longest: 10),
            ], button: visit.text("audit.show"))
    }

    /// Returns what a filter asks for; nil if a part of it cannot be read.
    private static func query(_ filter: Filter) -> AuditQuery? {
        var query = AuditQuery(limit: pageSize + 1)
        func day(_ text: String) -> Timestamp? { Timestamp(iso8601: text + "T00:00:00Z") }
        if !filter.before.isEmpty {
            guard let before = Int64(filter.before) else { return nil }
            query.before = before
        }
        if !filter.since.isEmpty {
            guard let since = day(filter.since) else { return nil }
            query.since = since
        }
        if !filter.until.isEmpty {
            guard let until = day(filter.until) else { return nil }
            query.until = until
        }
        if !filter.index.isEmpty {
            guard let index = IndexName(filter.index) else { return nil }
            query.index = index
        }
        if !filter.project.isEmpty {
            guard let project = NormalizedName(filter.project) else { return nil }
            query.project = project
        }
        if !filter.actor.isEmpty { query.actor = filter.actor }
        if !filter.action.isEmpty { query.action = filter.action }
        if !filter.address.isEmpty { query.address = filter.address }
        return query
    }
}
