import Hummingbird
import Registry

/// How the upstreams fare, and the other servers on the database.
struct UpstreamsPage: Sendable {
    let admin: AdminDesk

    /// Returns the upstreams; `isAsked` also asks each whether it answers.
    func page(isAsked: Bool, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let standings = try admin.registry.upstreamHealth.standings(caller: visit.caller)
            var answers: [String: HealthFinding] = [:]
            if isAsked {
                for finding in try await admin.registry.health.upstreams(isThorough: true, caller: visit.caller) {
                    if case .upstream(let id) = finding.subject { answers[id] = finding }
                }
            }
            let table = Table(
                visit.text("upstreams.title"),
                [
                    Table.Column(visit.text("upstreams.name")), Table.Column(visit.text("manage.state")),
                    Table.Column(visit.text("upstreams.indexes")),
                    Table.Column(visit.text("upstreams.answered"), isAmount: true),
                    Table.Column(visit.text("upstreams.failed"), isAmount: true),
                    Table.Column(visit.text("upstreams.bytes"), isAmount: true),
                    Table.Column(visit.text("upstreams.time"), isAmount: true),
                ],
                standings.map { row($0, answers[$0.id], visit) }, empty: visit.text("upstreams.none"))
            let ask = EntryForm.asking(
                visit, at: "admin/upstreams", [.hidden("check", "all")], button: visit.text("upstreams.ask"))
            return admin.show(
                Screen(
                    title: visit.text("upstreams.title"), lead: visit.text("upstreams.lead"),
                    notice: isAsked ? visit.text("upstreams.asked") : nil,
                    parts: [
                        Screen.Part(
                            nil, [.table(table), .form(ask), admin.command("cellar", "check", visit: visit)]),
                        Screen.Part(
                            visit.text("upstreams.settings"), anchor: "settings",
                            standings.map { standing in settings(standing.id, visit) }),
                    ]), visit)
        }
    }

    private func row(_ standing: UpstreamHealth.Standing, _ answer: HealthFinding?, _ visit: PageVisit) -> [Cell] {
        var state: [Piece] = []
        for rest in standing.rests {
            state.append(
                .tag(visit.text("upstreams.rests", ["host": rest.host, "seconds": String(rest.seconds)]), .bad))
        }
        if let answer {
            state.append(
                answer.isHealthy
                    ? .tag(visit.text("upstreams.answers"), .good) : .tag(visit.text("upstreams.fails"), .bad))
            if standing.rests.isEmpty { state += answer.details.map(Piece.small) }
        } else if standing.rests.isEmpty {
            state.append(.tag(visit.text("upstreams.works"), .good))
        }
        let time = standing.seconds.map { "\(Int(($0 * 1000).rounded())) ms" } ?? ""
        return [
            Cell(.code(standing.id)), Cell(pieces: state),
            .text(standing.indexes.map(\.description).joined(separator: ", ")),
            .number(Shown.number(Int64(standing.answered))), .number(Shown.number(Int64(standing.failed))),
            .number(Shown.size(standing.bytes)), .number(time),
        ]
    }

    private func settings(_ id: String, _ visit: PageVisit) -> Block {
        .table(
            Table(
                visit.text("indexes.settings", ["name": "upstream.\(id)"]),
                [
                    Table.Column(visit.text("indexes.key")), Table.Column(visit.text("indexes.value")),
                    Table.Column(visit.text("indexes.place")),
                ],
                admin.facts.settings(of: ["upstream", id]).map { setting in
                    [
                        Cell(.code("\(id).\(setting.path.last ?? "")")),
                        setting.value.map { Cell(.code($0)) }
                            ?? Cell(.small(setting.note ?? visit.text("indexes.unset"))),
                        .text(setting.place),
                    ]
                }, empty: visit.text("indexes.none")))
    }

    // MARK: Replicas

    /// Returns the servers at work on the database.
    func replicas(visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let all = try await admin.registry.replicas.list(caller: visit.caller)
            let own = admin.registry.replicas.own
            let table = Table(
                visit.text("replicas.title"),
                [
                    Table.Column(visit.text("replicas.name")), Table.Column(visit.text("manage.state")),
                    Table.Column(visit.text("admin.version")), Table.Column(visit.text("replicas.started")),
                    Table.Column(visit.text("replicas.seen")),
                ],
                all.map { replica in
                    let description = replica.description
                    var state: [Piece] = []
                    if description.id == own?.id { state.append(.tag(visit.text("replicas.this"), .good)) }
                    if let own, description.configuration != own.configuration {
                        state.append(.tag(visit.text("replicas.differs"), .bad))
                    }
                    if let own, description.version != own.version {
                        state.append(.tag(visit.text("replicas.otherVersion"), .warning))
                    }
                    return [
                        Cell(.code(description.name)), Cell(pieces: state), Cell(.code(description.version)),
                        .text(Shown.time(replica.startedAt)), .text(Shown.time(replica.seenAt)),
                    ]
                }, empty: visit.text("replicas.none"))
            return admin.show(
                Screen(
                    title: visit.text("replicas.title"), lead: visit.text("replicas.lead"),
                    parts: [Screen.Part(nil, [.table(table), admin.command("cellar", "check", visit: visit)])]),
                visit)
        }
    }
}
