import Hummingbird
import PackagingStandards
import Registry

/// Invitations, and requests of strangers for accounts.
struct InvitationPages: Sendable {
    let admin: AdminDesk

    /// How long an invitation may live, in hours, as the form offers it.
    private static let lifetimes = ["1", "24", "72", "168", "720"]

    // MARK: Invitations

    /// Returns the open invitations, and a form for another one.
    func list(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            try await list(visit, notice: query == "done=taken" ? visit.text("invite.done.taken") : nil)
        }
    }

    private func list(
        _ visit: PageVisit, notice: String? = nil, form: SentForm = SentForm(), error: RegistryError? = nil,
        issued: IssuedInvitation? = nil
    ) async throws -> Response {
        let open = try await admin.registry.links.invitations(caller: visit.caller)
        let groups = try await admin.registry.granting.groups(caller: visit.caller).filter { !$0.isDeclared }
        let table = Table(
            visit.text("invite.open"),
            [
                Table.Column(visit.text("invite.number")), Table.Column(visit.text("people.name")),
                Table.Column(visit.text("people.role")), Table.Column(visit.text("people.groups")),
                Table.Column(visit.text("tokens.expires")), Table.Column(visit.text("rights.by")),
                Table.Column(visit.text("screen.act")),
            ],
            open.map { invitation in
                [
                    .text("#\(invitation.id)"), .text(invitation.name ?? visit.text("invite.anyName")),
                    .text(
                        invitation.isAdministrator
                            ? visit.text("people.administrator") : visit.text("people.user")),
                    .text(invitation.groups.sorted().joined(separator: ", ")), .text(Shown.time(invitation.expiresAt)),
                    .text(invitation.maker.name),
                    Cell(
                        .link(
                            visit.text("invite.take", ["number": String(invitation.id)]),
                            "./\(visit.home)admin/invitations/\(invitation.id)/remove")),
                ]
            }, empty: visit.text("invite.none"))
        var fields: [Field] = [
            .line(
                "name", visit.text("people.name"), form["name"], hint: visit.text("invite.name.hint"),
                problem: error.map { visit.text(of: $0) }, longest: 64),
            .check("administrator", visit.text("people.makeAdministrator"), isTicked: !form["administrator"].isEmpty),
            .choice(
                "expires", visit.text("invite.lifetime"),
                Self.lifetimes.map { ($0, visit.text("invite.hours", ["hours": $0])) },
                chosen: form["expires"].isEmpty ? "72" : form["expires"]),
        ]
        if !groups.isEmpty {
            fields.insert(
                .boxes(
                    "groups", visit.text("people.groups"),
                    groups.map { group in
                        Field.Box(
                            boxID: "group-\(group.name)", boxName: "group-\(group.name)", boxText: group.name,
                            boxHint: nil, isTicked: !form["group-\(group.name)"].isEmpty)
                    }), at: 2)
        }
        var parts = [
            Screen.Part(visit.text("invite.open"), anchor: "open", [.table(table)]),
            Screen.Part(
                visit.text("invite.new"), anchor: "new",
                [
                    .form(.changing(visit, to: "admin/invitations", fields, button: visit.text("invite.make"))),
                    admin.command("cellar", "user", "invite", "NAME", visit: visit),
                ]),
        ]
        if let issued {
            parts.insert(
                Screen.Part(
                    visit.text("invite.done"), anchor: "link",
                    [
                        .text(visit.text("invite.hand", ["time": Shown.time(issued.invitation.expiresAt)])),
                        .command(visit.text("invite.link"), visit.baseURL + issued.path),
                    ]), at: 0)
        }
        return admin.show(
            Screen(
                title: visit.text("invite.title"), lead: visit.text("invite.lead"), notice: notice,
                problem: error.map { _ in visit.text("screen.nothingSaved") }, parts: parts), visit,
            status: error?.formStatus ?? (issued == nil ? .ok : .created))
    }

    /// Makes an invitation and shows its link, this once.
    func invite(_ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let groups = try await admin.registry.granting.groups(caller: visit.caller).map(\.name)
            let hours = Self.lifetimes.contains(form["expires"]) ? Int64(form["expires"]) : nil
            do {
                let issued = try await admin.registry.links.invite(
                    InvitationOrder(
                        name: form["name"].isEmpty ? nil : form["name"],
                        isAdministrator: !form["administrator"].isEmpty,
                        groups: Set(groups.filter { !form["group-\($0)"].isEmpty }), seconds: hours.map { $0 * 3600 }),
                    caller: visit.caller)
                return try await list(visit, issued: issued)
            } catch let error as RegistryError where error.isShownInForm {
                return try await list(visit, form: form, error: error)
            }
        }
    }

    /// Returns the preview of taking an invitation back.
    func removal(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await removal(id, visit).0, visit) }
    }

    /// Takes an invitation back.
    func remove(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let (_, invitation) = try await removal(id, visit)
            try await admin.registry.links.removeInvitation(invitation.id, caller: visit.caller)
            return Layout.redirect(to: .at("admin/invitations"), query: "?done=taken", from: visit)
        }
    }

    private func removal(_ id: String, _ visit: PageVisit) async throws -> (Confirmation, Invitation) {
        let open = try await admin.registry.links.invitations(caller: visit.caller)
        guard let invitation = open.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "There is no open invitation with this number.")
        }
        return (
            Confirmation(
                title: visit.text("invite.take.title", ["number": id]), lead: visit.text("invite.take.lead"),
                action: "admin/invitations/\(id)/remove", button: visit.text("invite.take.button"),
                back: "admin/invitations",
                parts: [
                    Screen.Part(
                        nil,
                        [
                            .facts([
                                Fact(
                                    visit.text("people.name"),
                                    .text(invitation.name ?? visit.text("invite.anyName"))),
                                Fact(visit.text("rights.by"), .text(invitation.maker.name)),
                            ])
                        ])
                ], command: CommandLine.text("cellar", "user", "uninvite", "#\(id)")), invitation
        )
    }

    // MARK: Requests

    /// Returns the requests that wait.
    func requests(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice =
                switch query {
                case "done=approved": visit.text("requests.done.approved")
                case "done=rejected": visit.text("requests.done.rejected")
                default: nil as String?
                }
            return try await requests(visit, notice: notice)
        }
    }

    private func requests(
        _ visit: PageVisit, notice: String? = nil, error: RegistryError? = nil
    ) async throws -> Response {
        let waiting = try await admin.registry.registrations.all(caller: visit.caller)
        var parts: [Screen.Part] = waiting.map { request in
            let path = "admin/requests/\(request.id)"
            var facts = [
                Fact(visit.text("requests.note"), .text(request.note)),
                Fact(visit.text("audit.from"), .text(request.address ?? "")),
                Fact(visit.text("requests.since"), .text(Shown.time(request.createdAt))),
                Fact(visit.text("tokens.expires"), .text(Shown.time(request.expiresAt))),
            ]
            var blocks: [Block] = []
            if request.isNameTaken {
                facts.append(Fact(visit.text("manage.state"), .tag(visit.text("requests.taken"), .warning)))
                blocks.append(.why(visit.text("requests.taken.why")))
            } else {
                blocks.append(
                    .form(
                        .changing(
                            visit, to: path + "/approve",
                            button: visit.text("requests.approve", ["name": request.name]))))
            }
            blocks.append(
                .links([
                    .link(visit.text("requests.reject", ["name": request.name]), "./\(visit.home)\(path)/reject")
                ]))
            blocks.append(admin.command("cellar", "user", "approve", "#\(request.id)", visit: visit))
            return Screen.Part(request.name, anchor: "request-\(request.id)", [.facts(facts)] + blocks)
        }
        if waiting.isEmpty {
            parts.append(Screen.Part(nil, [.text(visit.text("requests.none"))]))
            let place = admin.facts.place(of: ["server", "registration"]) ?? "cellar.toml"
            parts.append(Screen.Part(nil, [.why(visit.text("requests.why", ["place": place]))]))
        }
        return admin.show(
            Screen(
                title: visit.text("requests.title"), lead: visit.text("requests.lead"), notice: notice,
                problem: error.map { visit.text(of: $0) }, parts: parts), visit, status: error?.formStatus)
    }

    /// Approves a request.
    func approve(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/requests", done: "approved") {
            try await admin.registry.registrations.approve(try Self.number(id), caller: visit.caller)
        } orElse: { error in
            try await requests(visit, error: error)
        }
    }

    /// Returns the preview of a rejection.
    func rejection(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await rejection(id, visit), visit) }
    }

    /// Rejects a request.
    func reject(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/requests", done: "rejected") {
            try await admin.registry.registrations.reject(try Self.number(id), caller: visit.caller)
        } orElse: { error in
            try await requests(visit, error: error)
        }
    }

    private func rejection(_ id: String, _ visit: PageVisit) async throws -> Confirmation {
        let waiting = try await admin.registry.registrations.all(caller: visit.caller)
        guard let request = waiting.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "No request with this number waits.")
        }
        return Confirmation(
            title: visit.text("requests.reject.title", ["name": request.name]),
            lead: visit.text("requests.reject.lead"), action: "admin/requests/\(id)/reject",
            button: visit.text("requests.reject.button"), back: "admin/requests",
            parts: [
                Screen.Part(nil, [.facts([Fact(visit.text("requests.note"), .text(request.note))])])
            ], command: CommandLine.text("cellar", "user", "reject", "#\(id)"))
    }

    private static func number(_ id: String) throws -> Int64 {
        guard let number = Int64(id) else { throw RegistryError(.notFound, "No request with this number waits.") }
        return number
    }
}
