import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// What is done with a release or a file: yank, unyank, delete.
struct FilePages: Sendable {
    let desk: Desk
    private var manage: ManagePages { ManagePages(desk: desk) }

    /// Leads from a version that was typed to the page of its release.
    func find(_ place: ManagePages.Place, version: String, visit: PageVisit) async throws -> Response {
        try await manage.with(place, visit) { project in
            Layout.redirect(to: .at("\(project.path)/release/\(PathPart.encoded(version))"), from: visit)
        }
    }

    /// Returns the page of a release.
    func release(
        _ place: ManagePages.Place, version: String, query: String, visit: PageVisit
    ) async throws -> Response {
        try await manage.with(place, visit) { project in
            guard let version = Version(version) else { throw Self.unknown(project) }
            return try page(.release(version), of: project, notice: Self.notice(of: query, visit), visit: visit)
        }
    }

    /// Returns the page of a file.
    func file(
        _ place: ManagePages.Place, filename: String, query: String, visit: PageVisit
    ) async throws -> Response {
        try await manage.with(place, visit) { project in
            try page(.file(filename), of: project, notice: Self.notice(of: query, visit), visit: visit)
        }
    }

    /// Yanks what a form names, or takes that back.
    func yank(
        _ isYanked: Bool, _ place: ManagePages.Place, _ form: SentForm, visit: PageVisit
    ) async throws -> Response {
        try await manage.with(place, visit) { project in
            let selection = try Self.selection(release: form["release"], file: form["file"], of: project)
            do {
                let yanked = isYanked ? Yanked.yes(reason: try ReasonField.read(form, visit)) : .no
                try await desk.registry.management.setYanked(
                    yanked, FileTarget(index: project.index, project: project.name, selection: selection),
                    caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return try page(
                    selection, of: project, problem: visit.text(of: error), reason: form["reason"],
                    status: error.formStatus, visit: visit)
            }
            return Layout.redirect(
                to: .at(Self.path(of: selection, in: project)), query: "?done=\(isYanked ? "yanked" : "unyanked")",
                from: visit)
        }
    }

    /// Returns the preview of a deletion.
    func deletion(
        _ place: ManagePages.Place, release: String, file: String, visit: PageVisit
    ) async throws -> Response {
        try await manage.with(place, visit) { project in
            let selection = try Self.selection(release: release, file: file, of: project)
            let preview = try await preview(selection, of: project, visit)
            return desk.show(preview.screen(visit, menu: ManagePages.menu(project, visit)), to: visit)
        }
    }

    /// Deletes what a form names, if the name was typed.
    func delete(_ place: ManagePages.Place, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await manage.with(place, visit) { project in
            let selection = try Self.selection(release: form["release"], file: form["file"], of: project)
            let preview = try await preview(selection, of: project, visit)
            let menu = ManagePages.menu(project, visit)
            guard preview.isTyped(in: form) else {
                return desk.show(preview.screen(visit, menu: menu, isMistyped: true), to: visit)
            }
            do {
                try await desk.registry.management.delete(
                    FileTarget(index: project.index, project: project.name, selection: selection),
                    caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return desk.show(
                    preview.screen(visit, menu: menu, problem: visit.text(of: error)), to: visit,
                    status: error.formStatus)
            }
            return Layout.redirect(to: .at(project.path), query: "?done=deleted", from: visit)
        }
    }

    // MARK: Pages

    private func page(
        _ selection: FileTarget.Selection, of project: ManagedProject, notice: String? = nil, problem: String? = nil,
        reason: String = "", status: HTTPResponse.Status? = nil, visit: PageVisit
    ) throws -> Response {
        let files = project.files(of: selection)
        guard let first = files.first else { throw Self.unknown(project) }
        let name = if case .file(let filename) = selection { filename } else { first.version }
        let isYanked = files.allSatisfy { $0.yanked != .no }
        let isCached = files.contains { $0.source != nil }
        var blocks: [Block] = []
        if isCached {
            blocks.append(.why(visit.text("file.cached")))
        } else if !project.holds(.write) {
            blocks.append(project.whyNot(.write, visit))
        } else {
            blocks.append(.text(visit.text("file.yank.lead")))
            blocks.append(.form(yankForm(selection, of: project, isYanked, problem, reason, visit)))
            let verb = isYanked ? "unyank" : "yank"
            let words = ["cellar", "project", verb, project.name.description] + project.options(selection)
            blocks.append(
                .command(
                    visit.text("screen.command"),
                    CommandLine.text(words + (isYanked ? [] : ["--reason", "REASON"]))))
        }
        var deletion: [Block] = [.text(visit.text("file.delete.lead"))]
        if project.holds(.delete) {
            deletion.append(
                .links([
                    .link(visit.text("file.delete"), "./\(visit.home)\(project.path)/delete?\(Self.query(selection))")
                ]))
        } else {
            deletion.append(project.whyNot(.delete, visit))
        }
        return desk.show(
            Screen(
                title: "\(project.record?.displayName ?? project.name.description) \(name)",
                lead: visit.text("file.lead", ["index": project.index.description]),
                menu: ManagePages.menu(project, visit), notice: notice,
                problem: problem.map { _ in visit.text("screen.nothingSaved") },
                parts: [
                    Screen.Part(visit.text("manage.files"), anchor: "files", [.table(table(files, project, visit))]),
                    Screen.Part(
                        isYanked ? visit.text("file.unyank") : visit.text("file.yank"), anchor: "yank", blocks),
                    Screen.Part(visit.text("file.delete"), anchor: "delete", deletion),
                ]),
            to: visit, status: status)
    }

    private func yankForm(
        _ selection: FileTarget.Selection, of project: ManagedProject, _ isYanked: Bool, _ problem: String?,
        _ reason: String, _ visit: PageVisit
    ) -> EntryForm {
        var fields = Self.hidden(selection)
        if !isYanked {
            fields.append(
                .line(
                    "reason", visit.text("manage.reason"), reason, hint: visit.text("manage.reason.hint"),
                    problem: problem, longest: 500))
        }
        return .changing(
            visit, to: project.path + (isYanked ? "/unyank" : "/yank"), fields,
            button: isYanked ? visit.text("file.unyank") : visit.text("file.yank"),
            problem: isYanked ? problem : nil)
    }

    private func table(_ files: [FileRecord], _ project: ManagedProject, _ visit: PageVisit) -> Table {
        Table(
            visit.text("manage.files"),
            [
                Table.Column(visit.text("file.name")), Table.Column(visit.text("manage.size"), isAmount: true),
                Table.Column(visit.text("file.by")), Table.Column(visit.text("manage.published")),
                Table.Column(visit.text("manage.state")),
            ],
            files.map { file in
                [
                    Cell(
                        .link(file.filename, "./\(visit.home)\(project.path)/file/\(PathPart.encoded(file.filename))")),
                    .number(Shown.size(file.size)), .text(file.uploader), .text(Shown.time(file.uploadedAt)),
                    Cell(pieces: ManagePages.state(of: [file], visit)),
                ]
            }, empty: visit.text("manage.releases.none"))
    }

    private func preview(
        _ selection: FileTarget.Selection, of project: ManagedProject, _ visit: PageVisit
    ) async throws -> Confirmation {
        let files = project.files(of: selection)
        guard let first = files.first else { throw Self.unknown(project) }
        let name: String
        let title: String
        switch selection {
        case .file(let filename): (name, title) = (filename, visit.text("delete.file", ["name": filename]))
        case .release:
            name = first.version
            title = visit.text("delete.release", ["name": "\(project.name) \(first.version)"])
        case .project:
            (name, title) = (project.name.description, visit.text("delete.project", ["name": project.name.description]))
        }
        var parts = [
            Screen.Part(
                visit.text("delete.goes", ["count": String(files.count)]), anchor: "goes",
                [.table(table(Array(files.prefix(Self.mostListed)), project, visit))]
                    + (files.count > Self.mostListed
                        ? [.text(visit.text("delete.more", ["count": String(files.count - Self.mostListed)]))] : []))
        ]
        parts.append(try await WhoUses(desk: desk).part(project, visit))
        return Confirmation(
            title: title, lead: visit.text("delete.lead"), action: project.path + "/delete",
            button: visit.text("delete.button"), back: project.path, parts: parts,
            warning: visit.text("delete.warning"), typed: name,
            command: CommandLine.text(
                ["cellar", "project", "delete", project.name.description] + project.options(selection)
                    + (selection == .project ? ["--all"] : [])),
            fields: Self.hidden(selection))
    }

    /// How many files the preview of a deletion lists.
    private static let mostListed = 200

    // MARK: Targets

    private static func selection(
        release: String, file: String, of project: ManagedProject
    ) throws -> FileTarget.Selection {
        if !file.isEmpty { return .file(file) }
        guard !release.isEmpty else { return .project }
        guard let version = Version(release) else { throw unknown(project) }
        return .release(version)
    }

    private static func hidden(_ selection: FileTarget.Selection) -> [Field] {
        switch selection {
        case .file(let filename): [.hidden("file", filename)]
        case .release(let version): [.hidden("release", version.description)]
        case .project: []
        }
    }

    private static func query(_ selection: FileTarget.Selection) -> String {
        switch selection {
        case .file(let filename): "file=\(PathPart.encoded(filename))"
        case .release(let version): "release=\(PathPart.encoded(version.description))"
        case .project: ""
        }
    }

    private static func path(of selection: FileTarget.Selection, in project: ManagedProject) -> String {
        switch selection {
        case .file(let filename): "\(project.path)/file/\(PathPart.encoded(filename))"
        case .release(let version): "\(project.path)/release/\(PathPart.encoded(version.description))"
        case .project: project.path
        }
    }

    private static func unknown(_ project: ManagedProject) -> RegistryError {
        RegistryError(
            .notFound, "The project \(project.name) has no such release or file in the index \(project.index).")
    }

    private static func notice(of query: String, _ visit: PageVisit) -> String? {
        switch query {
        case "done=yanked": visit.text("file.done.yanked")
        case "done=unyanked": visit.text("file.done.unyanked")
        default: nil
        }
    }
}
