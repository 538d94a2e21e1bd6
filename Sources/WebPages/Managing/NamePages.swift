import Hummingbird
import PackagingStandards
import Registry

/// Claims a name for this server, and gives it back to the upstreams.
struct NamePages: Sendable {
    let desk: Desk
    private var manage: ManagePages { ManagePages(desk: desk) }

    /// Returns the preview of a claim: the cached files that go.
    func claiming(_ place: ManagePages.Place, visit: PageVisit) async throws -> Response {
        try await manage.with(place, visit) { project in
            desk.show(claim(project, visit).screen(visit, menu: ManagePages.menu(project, visit)), to: visit)
        }
    }

    /// Claims the name.
    func claim(_ place: ManagePages.Place, visit: PageVisit) async throws -> Response {
        try await act(place, done: "claimed", visit, preview: claim) { project in
            try await desk.registry.management.claim(project.name, in: project.index, caller: visit.caller)
        }
    }

    /// Returns the preview of giving a name back.
    func givingBack(_ place: ManagePages.Place, visit: PageVisit) async throws -> Response {
        try await manage.with(place, visit) { project in
            desk.show(release(project, visit).screen(visit, menu: ManagePages.menu(project, visit)), to: visit)
        }
    }

    /// Gives the name back.
    func giveBack(_ place: ManagePages.Place, visit: PageVisit) async throws -> Response {
        try await act(place, done: "released", visit, preview: release) { project in
            try await desk.registry.management.release(project.name, in: project.index, caller: visit.caller)
        }
    }

    private func act(
        _ place: ManagePages.Place, done: String, _ visit: PageVisit,
        preview: (ManagedProject, PageVisit) -> Confirmation, _ work: (ManagedProject) async throws -> Void
    ) async throws -> Response {
        try await manage.with(place, visit) { project in
            do {
                try await work(project)
            } catch let error as RegistryError where error.isShownInForm {
                return desk.show(
                    preview(project, visit)
                        .screen(visit, menu: ManagePages.menu(project, visit), problem: visit.text(of: error)),
                    to: visit, status: error.formStatus)
            }
            return Layout.redirect(to: .at(project.path), query: "?done=\(done)", from: visit)
        }
    }

    private func claim(_ project: ManagedProject, _ visit: PageVisit) -> Confirmation {
        let cached = project.files(of: .project).filter { $0.source != nil }
        let name = project.name.description
        return Confirmation(
            title: visit.text("claim.title", ["name": name]),
            lead: visit.text("claim.lead", ["index": project.index.description]), action: project.path + "/claim",
            button: visit.text("claim.button"), back: project.path,
            parts: [
                Screen.Part(
                    visit.text("claim.goes"), anchor: "goes",
                    [
                        .text(
                            visit.text(
                                "claim.cached",
                                [
                                    "count": String(cached.count),
                                    "size": Shown.size(cached.reduce(0) { $0 + $1.size }),
                                ]))
                    ] + (project.holds(.claim) ? [] : [project.whyNot(.claim, visit)]))
            ], warning: visit.text("claim.warning"),
            command: CommandLine.text(["cellar", "project", "claim", name] + project.options()))
    }

    private func release(_ project: ManagedProject, _ visit: PageVisit) -> Confirmation {
        let published = project.files(of: .project).filter { $0.source == nil }
        let name = project.name.description
        var blocks: [Block] = []
        if !published.isEmpty {
            blocks.append(.why(visit.text("returning.hasFiles", ["count": String(published.count)])))
        }
        if !project.holds(.claim) { blocks.append(project.whyNot(.claim, visit)) }
        return Confirmation(
            title: visit.text("returning.title", ["name": name]),
            lead: visit.text("returning.lead", ["index": project.index.description]),
            action: project.path + "/give-back", button: visit.text("returning.button"), back: project.path,
            parts: [Screen.Part(nil, blocks)], warning: visit.text("returning.warning"),
            command: CommandLine.text(["cellar", "project", "release", name] + project.options()))
    }
}
