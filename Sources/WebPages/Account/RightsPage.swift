import Hummingbird
import PackagingStandards
import Registry

/// What somebody may do here, and why.
struct RightsPage: Sendable {
    let desk: Desk

    /// Returns the page; with an index and a project, also what somebody may do with that.
    func page(index: String?, project: String?, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else {
            return SignInPages.required(for: .at("account/rights"), visit: visit)
        }
        let known = desk.knownIndexes(visit)
        let asked = try await answer(index: index, project: project, session.caller, visit)
        var parts: [Screen.Part] = [
            Screen.Part(
                visit.text("rights.ask"), anchor: "ask",
                [
                    .form(
                        .asking(
                            visit, at: "account/rights",
                            [
                                .choice(
                                    "index", visit.text("rights.index"),
                                    known.map { (value: $0.name.description, text: $0.name.description) },
                                    chosen: index ?? known.first?.name.description ?? ""),
                                .line(
                                    "project", visit.text("rights.project"), project ?? "",
                                    problem: asked.problem, isRequired: true),
                            ], button: visit.text("rights.ask.button")))
                ] + asked.blocks)
        ]
        for settings in known {
            let rights = try await desk.registry.granting.ownRights(in: settings.name, caller: session.caller)
            parts.append(
                Screen.Part(
                    visit.text("rights.in", ["index": settings.name.description]),
                    anchor: "index-\(settings.name)", [.table(RightWords.table(rights, visit))]))
        }
        parts += try await ownParts(session.caller, visit)
        return desk.show(
            Screen(
                title: visit.text("rights.title"), lead: visit.text("rights.lead"), menu: AccountMenu.menu(visit),
                problem: asked.problem.map { _ in visit.text("rights.noAnswer") }, parts: parts),
            to: visit)
    }

    private func answer(
        index: String?, project: String?, _ caller: Caller, _ visit: PageVisit
    ) async throws -> (blocks: [Block], problem: String?) {
        guard let project, !project.isEmpty else { return ([], nil) }
        guard let name = NormalizedName(project), let index = IndexName(index ?? "main") else {
            return ([], visit.text("rights.noName"))
        }
        do {
            let rights = try await desk.registry.granting.ownRights(on: name, in: index, caller: caller)
            return ([.table(RightWords.table(rights, visit))], nil)
        } catch let error as RegistryError where error.code == .notFound {
            return ([], visit.text(of: error))
        }
    }

    private func ownParts(_ caller: Caller, _ visit: PageVisit) async throws -> [Screen.Part] {
        let grants = try await desk.registry.granting.ownGrants(caller: caller)
        let projects = try await desk.registry.granting.ownProjects(caller: caller)
        return [
            Screen.Part(
                visit.text("rights.grants"), anchor: "grants",
                [
                    .table(
                        Table(
                            visit.text("rights.grants"),
                            [
                                Table.Column(visit.text("rights.right")), Table.Column(visit.text("rights.where")),
                                Table.Column(visit.text("rights.to")), Table.Column(visit.text("rights.by")),
                            ],
                            grants.map { record in
                                [
                                    Cell(.code(record.grant.right.rawValue)),
                                    .text(RightWords.place(record.grant.scope, visit)), Cell(.code(record.principal)),
                                    .text(record.grantedBy),
                                ]
                            }, empty: visit.text("rights.grants.none")))
                ]),
            Screen.Part(
                visit.text("rights.projects"), anchor: "projects",
                [
                    .table(
                        Table(
                            visit.text("rights.projects"),
                            [Table.Column(visit.text("rights.project")), Table.Column(visit.text("rights.index"))],
                            projects.map { place in
                                [
                                    Cell(
                                        .link(
                                            place.project.description,
                                            "./\(visit.home)\(place.index)/projects/\(place.project)/manage")),
                                    .text(place.index.description),
                                ]
                            }, empty: visit.text("rights.projects.none")))
                ]),
        ]
    }
}
