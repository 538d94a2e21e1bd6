import Hummingbird
import PackagingStandards
import Registry

/// The cached files by project, and what a pruning would forget.
struct CachePages: Sendable {
    let admin: AdminDesk
    private static let mostProjects = 100
    private static let mostFiles = 200

    /// What a form says is to be pruned.
    struct Wish {
        var index = ""
        var project = ""
        /// Days without a download.
        var days = ""
        /// MiB.
        var size = ""

        /// Returns the files that are meant; nil if something cannot be read, or nothing is said.
        func selection(among indexes: [IndexSettings]) -> PruneSelection? {
            var selection = PruneSelection()
            if !index.isEmpty {
                guard let name = indexes.first(where: { $0.name.description == index })?.name else { return nil }
                selection.index = name
            }
            if !project.isEmpty {
                guard let name = NormalizedName(project) else { return nil }
                selection.project = name
            }
            if !days.isEmpty {
                guard let days = Int64(days), (0...36_500).contains(days) else { return nil }
                selection.olderThan = days * 86_400 * 1_000_000
            }
            if !size.isEmpty {
                guard let size = Int64(size), (0...1_048_576).contains(size) else { return nil }
                selection.largerThan = size << 20
            }
            return selection == PruneSelection() ? nil : selection
        }

        var query: String {
            "index=\(PathPart.encoded(index))&project=\(PathPart.encoded(project))&days=\(PathPart.encoded(days))&size=\(PathPart.encoded(size))"
        }

        /// The command that does the same.
        func command(isDryRun: Bool) -> String {
            var words = ["cellar", "cache", "prune"]
            if !index.isEmpty { words += ["--index", index] }
            if !project.isEmpty { words += ["--project", project] }
            if !days.isEmpty { words += ["--older-than", "\(days)d"] }
            if !size.isEmpty { words += ["--larger-than", "\(size)MiB"] }
            return CommandLine.text(words + (isDryRun ? ["--dry-run"] : []))
        }
    }

    /// Returns the cache by project, with the form for a dry run.
    func page(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice = query.hasPrefix("done=pruned") ? visit.text("cache.done") : nil
            return try await page(visit, notice: notice)
        }
    }

    private func page(
        _ visit: PageVisit, notice: String? = nil, wish: Wish = Wish(), problem: String? = nil
    ) async throws -> Response {
        let files = try await admin.registry.pruning.cachedFiles(in: nil, caller: visit.caller)
        let parts = [
            Screen.Part(visit.text("cache.byIndex"), anchor: "indexes", [.table(indexTable(files, visit))]),
            Screen.Part(visit.text("cache.byProject"), anchor: "projects", projectBlocks(files, visit)),
            Screen.Part(
                visit.text("cache.prune"), anchor: "prune",
                [
                    .text(visit.text("cache.prune.lead")), .form(form(wish, problem, visit)),
                    .command(visit.text("screen.command"), "cellar cache prune --older-than 90d --dry-run"),
                ]),
        ]
        return admin.show(
            Screen(
                title: visit.text("cache.title"), lead: visit.text("cache.lead"), notice: notice,
                problem: problem.map { _ in visit.text("screen.nothingDone") }, parts: parts), visit)
    }

    private func indexTable(_ files: [CachedFile], _ visit: PageVisit) -> Table {
        let byIndex = Dictionary(grouping: files, by: \.index)
        return Table(
            visit.text("cache.byIndex"),
            [
                Table.Column(visit.text("rights.index")), Table.Column(visit.text("manage.files"), isAmount: true),
                Table.Column(visit.text("manage.size"), isAmount: true),
                Table.Column(visit.text("cache.quota"), isAmount: true), Table.Column(visit.text("indexes.place")),
            ],
            admin.desk.indexes.map { settings in
                let own = byIndex[settings.name] ?? []
                return [
                    .text(settings.name.description), .number(Shown.number(Int64(own.count))),
                    .number(Shown.size(own.reduce(0) { $0 + $1.size })),
                    .number(settings.cacheQuota.map(Shown.size) ?? visit.text("cache.noQuota")),
                    .text(admin.facts.place(of: ["index", settings.name.description, "cache_quota"]) ?? ""),
                ]
            }, empty: visit.text("indexes.none"))
    }

    private func projectBlocks(_ files: [CachedFile], _ visit: PageVisit) -> [Block] {
        let byProject = Dictionary(grouping: files) { ProjectPlace(index: $0.index, project: $0.project) }
        let sizes = byProject.map { place, files in (place: place, files: files, size: files.reduce(0) { $0 + $1.size })
        }
        .sorted { ($1.size, $0.place.project) < ($0.size, $1.place.project) }
        let table = Table(
            visit.text("cache.byProject"),
            [
                Table.Column(visit.text("rights.project")), Table.Column(visit.text("rights.index")),
                Table.Column(visit.text("manage.files"), isAmount: true),
                Table.Column(visit.text("manage.size"), isAmount: true), Table.Column(visit.text("cache.used")),
                Table.Column(visit.text("screen.act")),
            ],
            sizes.prefix(Self.mostProjects).map { place, files, size in
                let wish = Wish(index: place.index.description, project: place.project.description)
                return [
                    Cell(
                        .link(
                            place.project.description, "./\(visit.home)\(place.index)/projects/\(place.project)/")),
                    .text(place.index.description), .number(Shown.number(Int64(files.count))),
                    .number(Shown.size(size)),
                    .text(files.compactMap(\.lastDownloadedAt).max().map(Shown.day) ?? visit.text("tokens.unused")),
                    Cell(
                        .link(
                            visit.text("cache.preview", ["name": place.project.description]),
                            "./\(visit.home)admin/cache/prune?\(wish.query)")),
                ]
            }, empty: visit.text("cache.none"))
        guard sizes.count > Self.mostProjects else { return [.table(table)] }
        return [.table(table), .text(visit.text("cache.more", ["count": String(sizes.count)]))]
    }

    private func form(_ wish: Wish, _ problem: String?, _ visit: PageVisit) -> EntryForm {
        let names = admin.desk.indexes.map(\.name.description)
        return .asking(
            visit, at: "admin/cache/prune",
            [
                .choice(
                    "index", visit.text("rights.index"), [("", visit.text("cache.all"))] + names.map { ($0, $0) },
                    chosen: wish.index),
                .line("project", visit.text("cache.project"), wish.project, problem: problem),
                .line("days", visit.text("cache.days"), wish.days, kind: .number, longest: 6),
                .line("size", visit.text("cache.size"), wish.size, kind: .number, longest: 8),
            ], button: visit.text("cache.dryRun"))
    }

    /// Returns the dry run: what would be forgotten, and the form that does it.
    func preview(_ wish: Wish, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            guard let selection = wish.selection(among: admin.desk.indexes) else {
                return try await page(visit, wish: wish, problem: visit.text("cache.sayWhat"))
            }
            let report = try await admin.registry.pruning.prune(selection, isDryRun: true, caller: visit.caller)
            return admin.preview(confirmation(report, wish, visit), visit)
        }
    }

    /// Forgets the files.
    func prune(_ form: SentForm, visit: PageVisit) async throws -> Response {
        let wish = Wish(index: form["index"], project: form["project"], days: form["days"], size: form["size"])
        return try await admin.change(visit, to: "admin/cache", done: "pruned") {
            guard let selection = wish.selection(among: admin.desk.indexes) else {
                throw RegistryError(.invalidRequest, visit.text("cache.sayWhat"))
            }
            _ = try await admin.registry.pruning.prune(selection, caller: visit.caller)
        } orElse: { error in
            try await page(visit, wish: wish, problem: visit.text(of: error))
        }
    }

    private func confirmation(_ report: PruneReport, _ wish: Wish, _ visit: PageVisit) -> Confirmation {
        let table = Table(
            visit.text("cache.goes"),
            [
                Table.Column(visit.text("file.name")), Table.Column(visit.text("rights.index")),
                Table.Column(visit.text("manage.size"), isAmount: true), Table.Column(visit.text("cache.used")),
            ],
            report.files.prefix(Self.mostFiles).map { file in
                [
                    Cell(.code(file.filename)), .text(file.index.description), .number(Shown.size(file.size)),
                    .text(file.lastDownloadedAt.map(Shown.day) ?? visit.text("tokens.unused")),
                ]
            }, empty: visit.text("cache.nothing"))
        var blocks: [Block] = [
            .text(
                visit.text(
                    "cache.total", ["count": String(report.files.count), "size": Shown.size(report.bytes)])),
            .table(table),
        ]
        if report.files.count > Self.mostFiles {
            blocks.append(
                .text(visit.text("delete.more", ["count": String(report.files.count - Self.mostFiles)])))
        }
        return Confirmation(
            title: visit.text("cache.preview.title"), lead: visit.text("cache.preview.lead"),
            action: "admin/cache/prune", button: visit.text("cache.prune.button"), back: "admin/cache",
            parts: [Screen.Part(visit.text("cache.goes"), anchor: "goes", blocks)],
            command: wish.command(isDryRun: false),
            fields: [
                .hidden("index", wish.index), .hidden("project", wish.project), .hidden("days", wish.days),
                .hidden("size", wish.size),
            ])
    }
}
