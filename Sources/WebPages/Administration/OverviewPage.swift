import Hummingbird
import Registry

/// The one light that says whether all is well, and what is not.
struct OverviewPage: Sendable {
    let admin: AdminDesk

    /// Returns the page; `isThorough` also checks the whole database and asks the upstreams.
    func page(isThorough: Bool, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let caller = visit.caller
            let findings = try await admin.registry.health.findings(isThorough: isThorough, caller: caller)
            let wrong = findings.filter { !$0.isHealthy }
            let requests = try await admin.registry.registrations.all(caller: caller)
            let sorted = wrong + findings.filter(\.isHealthy)
            let light: Block = .facts([
                Fact(
                    visit.text("admin.light"),
                    wrong.isEmpty
                        ? .tag(visit.text("admin.light.good"), .good)
                        : .tag(visit.text("admin.light.bad", ["count": String(wrong.count)]), .bad)),
                Fact(visit.text("admin.version"), .code(admin.facts.version)),
                Fact(
                    visit.text("admin.waiting"),
                    requests.isEmpty
                        ? .text(visit.text("admin.waiting.none"))
                        : .link(
                            visit.text("admin.waiting.some", ["count": String(requests.count)]),
                            "./\(visit.home)admin/requests")),
            ])
            let table = Table(
                visit.text("admin.findings"),
                [
                    Table.Column(visit.text("admin.part")), Table.Column(visit.text("admin.state")),
                    Table.Column(visit.text("admin.details")),
                ],
                sorted.map { row($0, visit) }, empty: "")
            let thorough = EntryForm.asking(
                visit, at: "admin/", [.hidden("check", "all")], button: visit.text("admin.thorough"))
            return admin.show(
                Screen(
                    title: visit.text("admin.title"),
                    lead: visit.text("admin.lead"),
                    parts: [
                        Screen.Part(nil, [light]),
                        Screen.Part(
                            visit.text("admin.findings"), anchor: "findings",
                            [
                                .table(table),
                                .text(
                                    isThorough
                                        ? visit.text("admin.thorough.done") : visit.text("admin.thorough.hint")),
                                .form(thorough), admin.command("cellar", "check", visit: visit),
                            ]),
                        duties(visit),
                    ]), visit)
        }
    }

    private func row(_ finding: HealthFinding, _ visit: PageVisit) -> [Cell] {
        var details: [Piece] = finding.details.map(Piece.small)
        if let room = finding.room {
            details.append(
                .small(
                    visit.text("admin.room", ["used": Shown.size(room.used), "limit": Shown.size(room.limit)])))
        }
        if !finding.isHealthy { details.append(.small(advice(on: finding.subject, visit))) }
        return [
            .text(Self.name(of: finding.subject, visit)),
            Cell(
                finding.isHealthy
                    ? .tag(visit.text("admin.well"), .good) : .tag(visit.text("admin.wrong"), .bad)),
            Cell(pieces: details),
        ]
    }

    private static func name(of subject: HealthFinding.Subject, _ visit: PageVisit) -> String {
        switch subject {
        case .database: visit.text("admin.part.database")
        case .storage: visit.text("admin.part.storage")
        case .spool: visit.text("admin.part.spool")
        case .installation: visit.text("admin.part.installation")
        case .disk(let name): visit.text("admin.part.disk", ["name": name])
        case .quota(let index): visit.text("admin.part.quota", ["name": index.description])
        case .upstream(let id): visit.text("admin.part.upstream", ["name": id])
        case .job(let name): visit.text("admin.part.job", ["name": name])
        case .replicas: visit.text("admin.part.replicas")
        }
    }

    private func advice(on subject: HealthFinding.Subject, _ visit: PageVisit) -> String {
        switch subject {
        case .database: visit.text("advice.database")
        case .storage: visit.text("advice.storage")
        case .spool: visit.text("advice.spool")
        case .installation: visit.text("advice.installation")
        case .disk: visit.text("advice.disk")
        case .quota: visit.text("advice.quota")
        case .upstream: visit.text("advice.upstream")
        case .job: visit.text("advice.job")
        case .replicas: visit.text("advice.replicas")
        }
    }

    /// The duties, each with its dry run.
    private func duties(_ visit: PageVisit) -> Screen.Part {
        let duties = [
            (visit.text("duty.prune"), "admin/cache", visit.text("duty.prune.hint")),
            (visit.text("duty.sweep"), "admin/storage#sweep", visit.text("duty.sweep.hint")),
            (visit.text("duty.rebuild"), "admin/storage#rebuild", visit.text("duty.rebuild.hint")),
            (visit.text("duty.requests"), "admin/requests", visit.text("duty.requests.hint")),
        ]
        return Screen.Part(
            visit.text("duty.title"), anchor: "duties",
            [
                .table(
                    Table(
                        visit.text("duty.title"),
                        [Table.Column(visit.text("duty.title")), Table.Column(visit.text("duty.what"))],
                        duties.map { label, path, hint in
                            [Cell(.link(label, "./\(visit.home)\(path)")), .text(hint)]
                        }, empty: ""))
            ])
    }
}
