import Hummingbird
import PackagingStandards
import Registry

/// The indexes and their policies as they are in force, each setting with where it stands: the configuration is the only
/// truth about them.
struct IndexesPage: Sendable {
    let admin: AdminDesk

    func page(visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let parts = admin.desk.indexes.map { settings in
                Screen.Part(
                    settings.name.description, anchor: "index-\(settings.name)",
                    [
                        .facts([
                            Fact(visit.text("manage.state"), IndexTags.tags(settings, visit)),
                            Fact(
                                visit.text("indexes.address"),
                                .code("\(visit.baseURL)/\(settings.name)/simple/")),
                        ]),
                        .table(table(["index", settings.name.description], visit)),
                    ])
            }
            return admin.show(
                Screen(
                    title: visit.text("indexes.title"), lead: visit.text("indexes.lead"),
                    parts: parts + [
                        Screen.Part(
                            visit.text("indexes.change"), anchor: "change",
                            [
                                .text(visit.text("indexes.change.lead")),
                                .command("cellar.toml", Self.example),
                                admin.command("cellar", "check", visit: visit),
                            ]),
                        Screen.Part(
                            visit.text("indexes.server"), anchor: "server", [.table(table(["server"], visit))]),
                    ]), visit)
        }
    }

    /// What is written to make another index.
    private static let example = """
        [index.team]
        read = ["group:team"]
        write = ["group:team"]
        upstreams = ["pypi"]
        fallback = "cache"
        """

    private func table(_ section: [String], _ visit: PageVisit) -> Table {
        Table(
            visit.text("indexes.settings", ["name": section.joined(separator: ".")]),
            [
                Table.Column(visit.text("indexes.key")), Table.Column(visit.text("indexes.value")),
                Table.Column(visit.text("indexes.place")),
            ],
            admin.facts.settings(of: section).map { setting in
                [
                    Cell(.code(setting.path.last ?? "")),
                    setting.value.map { Cell(.code($0)) } ?? Cell(.small(setting.note ?? visit.text("indexes.unset"))),
                    .text(setting.place),
                ]
            }, empty: visit.text("indexes.none"))
    }
}

/// Warnings about indexes, in few words.
enum IndexTags {
    static func tags(_ settings: IndexSettings, _ visit: PageVisit) -> [Piece] {
        var tags: [Piece] = []
        if settings.access.write.contains(.everyone) {
            tags.append(.tag(visit.text("indexes.tag.anyoneWrites"), .bad))
        } else if settings.access.write.isEmpty {
            tags.append(.tag(visit.text("indexes.tag.nobodyWrites"), .warning))
        }
        if settings.access.read.contains(.everyone) {
            tags.append(.tag(visit.text("indexes.tag.anyoneReads"), .warning))
        }
        if settings.access.read.isEmpty { tags.append(.tag(visit.text("indexes.tag.nobodyReads"), .warning)) }
        if settings.allowsOverwrite, !settings.access.overwrite.isEmpty {
            tags.append(.tag(visit.text("indexes.tag.overwrite"), .warning))
        }
        if settings.fallback != .none, !settings.upstreams.isEmpty {
            tags.append(.tag(visit.text("indexes.tag.upstreams", ["fallback": settings.fallback.rawValue])))
        }
        if settings.policy.isEmpty, settings.fallback != .none, !settings.upstreams.isEmpty {
            tags.append(.tag(visit.text("indexes.tag.noPolicy"), .warning))
        }
        if tags.isEmpty { tags.append(.tag(visit.text("indexes.tag.plain"), .good)) }
        return tags
    }
}

/// The names that no upstream is asked for, and the way to claim one or give it back.
struct NamesPage: Sendable {
    let admin: AdminDesk

    func page(visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let rows = admin.desk.indexes.flatMap { settings in
                settings.privateNames.map { pattern in
                    [
                        Cell(.code(pattern.description)), .text(settings.name.description),
                        .text(admin.facts.place(of: ["index", settings.name.description, "private"]) ?? ""),
                    ]
                }
            }
            let table = Table(
                visit.text("names.title"),
                [
                    Table.Column(visit.text("names.pattern")), Table.Column(visit.text("rights.index")),
                    Table.Column(visit.text("indexes.place")),
                ], rows, empty: visit.text("names.none"))
            let names = admin.desk.indexes.map(\.name.description)
            let look = EntryForm.asking(
                visit, at: "admin/names/find",
                [
                    .line("project", visit.text("rights.project"), isRequired: true),
                    .choice(
                        "index", visit.text("rights.index"), names.map { ($0, $0) }, chosen: names.first ?? ""),
                ], button: visit.text("names.look"))
            return admin.show(
                Screen(
                    title: visit.text("names.title"), lead: visit.text("names.lead"),
                    parts: [
                        Screen.Part(
                            nil,
                            [
                                .table(table), .text(visit.text("names.change")),
                                .command("cellar.toml", "[index.main]\nprivate = [\"acme-*\"]"),
                            ]),
                        Screen.Part(
                            visit.text("names.claim"), anchor: "claim",
                            [
                                .text(visit.text("names.claim.lead")), .form(look),
                                admin.command("cellar", "project", "claim", "NAME", visit: visit),
                                admin.command("cellar", "why", "NAME", visit: visit),
                            ]),
                    ]), visit)
        }
    }

    /// Leads to the page of a name.
    func find(project: String, index: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            guard let name = NormalizedName(project), let index = IndexName(index) else {
                throw RegistryError(.invalidRequest, "A project and an index must be named.")
            }
            return Layout.redirect(to: .at("\(index)/projects/\(name)/manage"), query: "#name", from: visit)
        }
    }
}
