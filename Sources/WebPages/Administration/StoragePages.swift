import Hummingbird
import PackagingStandards
import Registry

/// Where everything is kept: room, the database, sweeps and rebuilds.
struct StoragePages: Sendable {
    let admin: AdminDesk

    /// The ages that the form of a sweep offers, in hours.
    private static let ages = ["24", "168", "0"]

    /// Returns the page; `isThorough` also checks the whole database.
    func page(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice = query == "done=started" ? visit.text("sweep.started") : nil
            return try await page(visit, isThorough: query == "check=all", notice: notice)
        }
    }

    private func page(
        _ visit: PageVisit, isThorough: Bool = false, notice: String? = nil, error: RegistryError? = nil
    ) async throws -> Response {
        let status = try admin.registry.sweepJob.status(caller: visit.caller)
        let parts = [
            await roomPart(visit), try await databasePart(isThorough, visit), try await sweepPart(status, error, visit),
            try await rebuildPart(visit),
        ]
        var response = admin.show(
            Screen(
                title: visit.text("storage.title"), lead: visit.text("storage.lead"), notice: notice,
                problem: error.map { _ in visit.text("screen.nothingDone") }, parts: parts), visit,
            status: error?.formStatus)
        // Without a script, the browser looks again how far the sweep is.
        if status.state == .running { response.headers[named: "Refresh"] = "5" }
        return response
    }

    private func roomPart(_ visit: PageVisit) async -> Screen.Part {
        let rooms = await admin.registry.health.rooms()
        let keys = ["data": ["server", "data_dir"], "spool": ["server", "spool_dir"], "storage": ["storage", "url"]]
        let table = Table(
            visit.text("storage.room"),
            [
                Table.Column(visit.text("storage.folder")), Table.Column(visit.text("storage.path")),
                Table.Column(visit.text("storage.free"), isAmount: true),
                Table.Column(visit.text("storage.total"), isAmount: true), Table.Column(visit.text("indexes.place")),
            ],
            rooms.map { folder, room in
                [
                    Cell(.code(folder.name)), Cell(.code(folder.path)),
                    .number(room.map { Shown.size($0.limit - $0.used) } ?? "?"),
                    .number(room.map { Shown.size($0.limit) } ?? "?"),
                    .text(keys[folder.name].flatMap(admin.facts.place) ?? ""),
                ]
            }, empty: "")
        let storage = admin.facts.settings(of: ["storage"]).first { $0.path.last == "url" }
        return Screen.Part(
            visit.text("storage.room"), anchor: "room",
            [
                .table(table),
                .facts([
                    Fact(visit.text("admin.part.storage"), .code(storage?.value ?? storage?.note ?? ""))
                ]),
            ])
    }

    private func databasePart(_ isThorough: Bool, _ visit: PageVisit) async throws -> Screen.Part {
        let setting = admin.facts.settings(of: ["database"]).first { $0.path.last == "url" }
        var facts = [
            Fact(
                visit.text("storage.where"), .code(setting?.value ?? setting?.note ?? ""), .small(setting?.place ?? ""))
        ]
        var blocks: [Block] = []
        if isThorough {
            let finding = try await admin.registry.health.database(caller: visit.caller)
            facts.append(
                Fact(
                    visit.text("manage.state"),
                    [
                        finding.isHealthy
                            ? .tag(visit.text("admin.well"), .good) : .tag(visit.text("admin.wrong"), .bad)
                    ] + finding.details.map(Piece.small)))
        } else {
            blocks.append(
                .form(
                    .asking(
                        visit, at: "admin/storage", [.hidden("check", "all")], button: visit.text("storage.check"))))
        }
        return Screen.Part(
            visit.text("admin.part.database"), anchor: "database",
            [.facts(facts)] + blocks + [admin.command("cellar", "check", "--deep", visit: visit)])
    }

    // MARK: Sweeping

    private func sweepPart(
        _ status: SweepJob.Status, _ error: RegistryError?, _ visit: PageVisit
    ) async throws -> Screen.Part {
        let awaits = try await admin.registry.sweepJob.awaitsConfirmation(caller: visit.caller)
        var blocks: [Block] = [.text(visit.text("sweep.lead"))]
        if status.state != .none { blocks.append(.facts(Self.facts(status, visit))) }
        if awaits { blocks.append(.why(visit.text("sweep.awaits"))) }
        switch status.state {
        case .running:
            blocks.append(.links([.link(visit.text("sweep.look"), "./\(visit.home)admin/storage")]))
        case .failed(let reason): blocks.append(.why(reason))
        case .none, .done: break
        }
        if status.state != .running {
            blocks.append(
                .form(
                    .changing(
                        visit, to: "admin/sweep", [.hidden("dry", "on"), ageField(visit)],
                        button: visit.text("sweep.dryRun"), problem: error.map { visit.text(of: $0) })))
            blocks.append(.links([.link(visit.text("sweep.real"), "./\(visit.home)admin/sweep")]))
        }
        blocks.append(.command(visit.text("screen.command"), "cellar sweep --older-than 24h --dry-run"))
        return Screen.Part(visit.text("sweep.title"), anchor: "sweep", blocks)
    }

    private func ageField(_ visit: PageVisit) -> Field {
        .choice(
            "age", visit.text("sweep.age"),
            Self.ages.map {
                ($0, $0 == "0" ? visit.text("sweep.age.none") : visit.text("invite.hours", ["hours": $0]))
            },
            chosen: "24")
    }

    private static func facts(_ status: SweepJob.Status, _ visit: PageVisit) -> [Fact] {
        let report = status.report
        let state: Piece =
            switch status.state {
            case .none: .text("")
            case .running: .tag(visit.text("sweep.running"), .warning)
            case .done: .tag(status.isDryRun ? visit.text("sweep.done.dry") : visit.text("sweep.done"), .good)
            case .failed: .tag(visit.text("sweep.failed"), .bad)
            }
        return [
            Fact(visit.text("manage.state"), state),
            Fact(visit.text("sweep.began"), .text(status.startedAt.map(Shown.time) ?? "")),
            Fact(visit.text("sweep.looked"), .text(Shown.number(Int64(report.looked)))),
            Fact(visit.text("sweep.unnamed"), .text(Shown.number(Int64(report.unnamed)))),
            Fact(
                status.isDryRun ? visit.text("sweep.wouldRemove") : visit.text("sweep.removed"),
                .text("\(Shown.number(Int64(report.removed))) (\(Shown.size(report.removedBytes)))")),
            Fact(visit.text("sweep.kept"), .text(Shown.number(Int64(report.namedByManifest)))),
        ]
    }

    /// Returns the preview of a sweep: what the last dry run has found.
    func sweeping(visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await sweeping(visit), visit) }
    }

    /// Begins a sweep, or a dry run.
    func sweep(_ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let isDryRun = !form["dry"].isEmpty
            let hours = Self.ages.contains(form["age"]) ? Int64(form["age"]) ?? 24 : 24
            do {
                let awaits = try await admin.registry.sweepJob.awaitsConfirmation(caller: visit.caller)
                let isConfirmed = !form["confirmed"].isEmpty
                guard isDryRun || !awaits || isConfirmed else {
                    throw RegistryError(.conflict, visit.text("sweep.awaits"))
                }
                try admin.registry.sweepJob.start(
                    age: hours * 3_600_000_000, isDryRun: isDryRun, isConfirmed: isConfirmed && !isDryRun,
                    caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                guard isDryRun else { return admin.preview(try await sweeping(visit), visit, after: error) }
                return try await page(visit, error: error)
            }
            return Layout.redirect(to: .at("admin/storage"), query: "?done=started#sweep", from: visit)
        }
    }

    private func sweeping(_ visit: PageVisit) async throws -> Confirmation {
        let status = try admin.registry.sweepJob.status(caller: visit.caller)
        let awaits = try await admin.registry.sweepJob.awaitsConfirmation(caller: visit.caller)
        var blocks: [Block] = []
        if status.state == .done, status.isDryRun {
            blocks.append(.facts(Self.facts(status, visit)))
        } else {
            blocks.append(.why(visit.text("sweep.noDryRun")))
        }
        var fields = [ageField(visit)]
        if awaits { fields.append(.check("confirmed", visit.text("sweep.confirm"))) }
        return Confirmation(
            title: visit.text("sweep.real"), lead: visit.text("sweep.real.lead"), action: "admin/sweep",
            button: visit.text("sweep.start"), back: "admin/storage",
            parts: [Screen.Part(visit.text("sweep.found"), anchor: "found", blocks)],
            warning: visit.text("sweep.warning"),
            command: "cellar sweep --older-than 24h" + (awaits ? " --confirm" : ""), fields: fields)
    }

    // MARK: Rebuilding

    /// A rebuild replaces the database under the servers, this one too: the page says so, and shows the command.
    private func rebuildPart(_ visit: PageVisit) async throws -> Screen.Part {
        let servers = try await admin.registry.replicas.list(caller: visit.caller)
        return Screen.Part(
            visit.text("rebuild.title"), anchor: "rebuild",
            [
                .text(visit.text("rebuild.lead")),
                .why(
                    visit.text(
                        "rebuild.why",
                        ["servers": servers.map(\.description.name).joined(separator: ", ")])),
                .command(visit.text("screen.command"), "cellar rebuild"),
                .text(visit.text("rebuild.missing")),
                .command(visit.text("screen.command"), "cellar rebuild --add-missing"),
            ])
    }
}
