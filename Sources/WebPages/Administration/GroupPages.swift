import Hummingbird
import PackagingStandards
import Registry

/// Groups and their members.
struct GroupPages: Sendable {
    let admin: AdminDesk

    private var granting: Granting { admin.registry.granting }

    /// Returns the list, with a form for new groups.
    func list(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice = query == "done=removed" ? visit.text("groups.done.removed") : nil
            return try await list(visit, notice: notice)
        }
    }

    private func list(
        _ visit: PageVisit, notice: String? = nil, name: String = "", error: RegistryError? = nil
    ) async throws -> Response {
        let groups = try await granting.groups(caller: visit.caller)
        let table = Table(
            visit.text("groups.title"),
            [
                Table.Column(visit.text("groups.name")), Table.Column(visit.text("groups.members")),
                Table.Column(visit.text("manage.state")),
            ],
            groups.map { group in
                [
                    Cell(.link(group.name, "./\(visit.home)admin/groups/\(PathPart.encoded(group.name))")),
                    .text(group.members.joined(separator: ", ")),
                    group.isDeclared ? Cell(.tag(visit.text("people.declared"))) : Cell(),
                ]
            }, empty: visit.text("groups.none"))
        let add = EntryForm.changing(
            visit, to: "admin/groups",
            [
                .line(
                    "name", visit.text("groups.name"), name, problem: error.map { visit.text(of: $0) },
                    isRequired: true, longest: 64)
            ],
            button: visit.text("groups.add"))
        return admin.show(
            Screen(
                title: visit.text("groups.title"), lead: visit.text("groups.lead"), notice: notice,
                problem: error.map { _ in visit.text("screen.nothingSaved") },
                parts: [
                    Screen.Part(nil, [.table(table)]),
                    Screen.Part(
                        visit.text("groups.new"), anchor: "new",
                        [.form(add), admin.command("cellar", "group", "add", "NAME", visit: visit)]),
                ]), visit, status: error?.formStatus)
    }

    /// Adds a group.
    func add(_ form: SentForm, visit: PageVisit) async throws -> Response {
        let name = form["name"]
        return try await admin.change(visit, to: "admin/groups/\(PathPart.encoded(name))", done: "added") {
            try await granting.addGroup(name, caller: visit.caller)
        } orElse: { error in
            try await list(visit, name: name, error: error)
        }
    }

    // MARK: One group

    /// Returns the page of a group.
    func group(_ name: String, query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice =
                switch query {
                case "done=added": visit.text("groups.done.added")
                case "done=member": visit.text("groups.done.member")
                case "done=left": visit.text("groups.done.left")
                default: nil as String?
                }
            return try await group(name, visit, notice: notice)
        }
    }

    private func record(_ name: String, _ visit: PageVisit) async throws -> GroupRecord {
        let groups = try await granting.groups(caller: visit.caller)
        guard let group = groups.first(where: { $0.name == name }) else {
            throw RegistryError(.notFound, "There is no group of this name.")
        }
        return group
    }

    private func group(
        _ name: String, _ visit: PageVisit, notice: String? = nil, user: String = "", error: RegistryError? = nil
    ) async throws -> Response {
        let group = try await record(name, visit)
        let path = "admin/groups/\(PathPart.encoded(group.name))"
        let members = Table(
            visit.text("groups.members"),
            [Table.Column(visit.text("people.name")), Table.Column(visit.text("screen.act"))],
            group.members.map { member in
                [
                    Cell(.link(member, "./\(visit.home)admin/people/\(PathPart.encoded(member))")),
                    group.isDeclared
                        ? Cell()
                        : Cell(
                            .link(
                                visit.text("groups.take", ["name": member]),
                                "./\(visit.home)\(path)/members/\(PathPart.encoded(member))/remove")),
                ]
            }, empty: visit.text("groups.members.none"))
        var parts = [
            Screen.Part(visit.text("groups.members"), anchor: "members", [.table(members)]),
            try await grantsPart(group, visit),
        ]
        if group.isDeclared {
            parts.append(
                Screen.Part(
                    nil,
                    [
                        .why(
                            visit.text(
                                "groups.declared.why",
                                ["place": admin.facts.place(of: ["groups", group.name]) ?? "cellar.toml"]))
                    ]))
        } else {
            let add = EntryForm.changing(
                visit, to: path + "/members",
                [
                    .line(
                        "user", visit.text("people.name"), user, problem: error.map { visit.text(of: $0) },
                        isRequired: true,
                        longest: 64)
                ], button: visit.text("groups.addMember"))
            parts.insert(
                Screen.Part(
                    visit.text("groups.addMember"), anchor: "add",
                    [
                        .form(add), admin.command("cellar", "group", "add-member", group.name, "USER", visit: visit),
                    ]), at: 1)
            parts.append(
                Screen.Part(
                    visit.text("groups.remove"), anchor: "remove",
                    [.links([.link(visit.text("groups.remove"), "./\(visit.home)\(path)/remove")])]))
        }
        return admin.show(
            Screen(
                title: visit.text("groups.one", ["name": group.name]), notice: notice,
                problem: error.map { _ in visit.text("screen.nothingSaved") }, parts: parts), visit,
            status: error?.formStatus)
    }

    private func grantsPart(_ group: GroupRecord, _ visit: PageVisit) async throws -> Screen.Part {
        let grants = try await granting.grants(caller: visit.caller).filter { $0.grant.grantee == .group(group.id) }
        return Screen.Part(
            visit.text("groups.grants"), anchor: "grants",
            [.table(GrantFields.table(grants, removal: "admin/grants", visit))])
    }

    /// Makes somebody a member.
    func addMember(_ name: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/groups/\(PathPart.encoded(name))", done: "member") {
            try await granting.addMember(form["user"], to: name, caller: visit.caller)
        } orElse: { error in
            try await group(name, visit, user: form["user"], error: error)
        }
    }

    // MARK: Previews

    /// Returns the preview of ending a membership.
    func leaving(_ user: String, _ name: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await leaving(user, name, visit), visit) }
    }

    /// Ends a membership.
    func leave(_ user: String, _ name: String, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/groups/\(PathPart.encoded(name))", done: "left") {
            try await granting.removeMember(user, from: name, caller: visit.caller)
        } orElse: { error in
            admin.preview(try await leaving(user, name, visit), visit, after: error)
        }
    }

    private func leaving(_ user: String, _ name: String, _ visit: PageVisit) async throws -> Confirmation {
        let group = try await record(name, visit)
        let path = "admin/groups/\(PathPart.encoded(group.name))"
        return Confirmation(
            title: visit.text("groups.leave.title", ["name": user, "group": group.name]),
            lead: visit.text("groups.leave.lead"), action: "\(path)/members/\(PathPart.encoded(user))/remove",
            button: visit.text("groups.leave"), back: path, parts: [try await grantsPart(group, visit)],
            command: CommandLine.text("cellar", "group", "remove-member", group.name, user))
    }

    /// Returns the preview of removing a group.
    func removal(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await removal(name, visit), visit) }
    }

    /// Removes a group, if the name was typed.
    func remove(_ name: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let preview = try await removal(name, visit)
            guard preview.isTyped(in: form) else { return admin.preview(preview, visit, isMistyped: true) }
            do {
                try await granting.removeGroup(name, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return admin.preview(preview, visit, after: error)
            }
            return Layout.redirect(to: .at("admin/groups"), query: "?done=removed", from: visit)
        }
    }

    private func removal(_ name: String, _ visit: PageVisit) async throws -> Confirmation {
        let group = try await record(name, visit)
        let path = "admin/groups/\(PathPart.encoded(group.name))"
        return Confirmation(
            title: visit.text("groups.remove.title", ["name": group.name]), lead: visit.text("groups.remove.lead"),
            action: path + "/remove", button: visit.text("groups.remove"), back: path,
            parts: [
                Screen.Part(
                    nil, [.facts([Fact(visit.text("groups.members"), .text(group.members.joined(separator: ", ")))])]),
                try await grantsPart(group, visit),
            ], warning: visit.text("groups.remove.warning"), typed: group.name,
            command: CommandLine.text("cellar", "group", "remove", group.name))
    }
}
