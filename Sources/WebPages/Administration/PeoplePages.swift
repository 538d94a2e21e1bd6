import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The people who can sign in.
struct PeoplePages: Sendable {
    let admin: AdminDesk
    let accounts: AccountServices

    private var people: People { admin.registry.people }

    /// Returns the list, with a form for new people.
    func list(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { try await list(visit, notice: Self.notice(of: query, visit)) }
    }

    private func list(
        _ visit: PageVisit, notice: String? = nil, form: SentForm = SentForm(), nameProblem: String? = nil,
        passwordProblem: String? = nil, status: HTTPResponse.Status? = nil
    ) async throws -> Response {
        let all = try await people.all(caller: visit.caller)
        let table = Table(
            visit.text("people.title"),
            [
                Table.Column(visit.text("people.name")), Table.Column(visit.text("people.role")),
                Table.Column(visit.text("people.groups")), Table.Column(visit.text("manage.state")),
                Table.Column(visit.text("people.since")),
            ],
            all.map { user in
                [
                    Cell(.link(user.name, "./\(visit.home)admin/people/\(PathPart.encoded(user.name))")),
                    .text(
                        user.isAdministrator ? visit.text("people.administrator") : visit.text("people.user")),
                    .text(user.groups.sorted().joined(separator: ", ")), Cell(pieces: Self.tags(user, visit)),
                    .text(Shown.day(user.createdAt)),
                ]
            }, empty: visit.text("people.none"))
        let add = EntryForm.changing(
            visit, to: "admin/people",
            [
                .line(
                    "name", visit.text("people.name"), form["name"], problem: nameProblem, isRequired: true,
                    longest: 64),
                .line(
                    "password", visit.text("people.password"), kind: .password,
                    hint: visit.text("people.password.hint"), problem: passwordProblem, isRequired: true,
                    longest: 1000, complete: "new-password"),
                .check(
                    "administrator", visit.text("people.makeAdministrator"), isTicked: !form["administrator"].isEmpty),
            ], button: visit.text("people.add"))
        let isFailed = nameProblem != nil || passwordProblem != nil
        return admin.show(
            Screen(
                title: visit.text("people.title"), lead: visit.text("people.lead"), notice: notice,
                problem: isFailed ? visit.text("screen.nothingSaved") : nil,
                parts: [
                    Screen.Part(nil, [.table(table)]),
                    Screen.Part(
                        visit.text("people.new"), anchor: "new",
                        [
                            .text(visit.text("people.new.hint")),
                            .links([
                                .link(visit.text("people.invite"), "./\(visit.home)admin/invitations")
                            ]),
                            .form(add), admin.command("cellar", "user", "add", "NAME", visit: visit),
                        ]),
                ]), visit, status: status)
    }

    private static func tags(_ user: UserRecord, _ visit: PageVisit) -> [Piece] {
        var tags: [Piece] = []
        if user.isDeclared { tags.append(.tag(visit.text("people.declared"))) }
        if user.isBlocked { tags.append(.tag(visit.text("people.blocked"), .bad)) }
        for link in user.links {
            tags.append(
                .tag(link.identity.provider.description + (link.isGone ? visit.text("people.gone") : "")))
        }
        if !user.hasPassword, user.links.isEmpty { tags.append(.tag(visit.text("people.noPassword"), .warning)) }
        return tags
    }

    /// Adds somebody with a password.
    func add(_ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            if let problem = accounts.passwordProblem(form["password"]) {
                return try await list(
                    visit, form: form, passwordProblem: problem, status: .unprocessableContent)
            }
            do {
                try await people.add(
                    form["name"], passwordHash: try await accounts.hash(form["password"]),
                    isAdministrator: !form["administrator"].isEmpty, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return try await list(visit, form: form, nameProblem: visit.text(of: error), status: error.formStatus)
            }
            return Layout.redirect(
                to: .at("admin/people/\(PathPart.encoded(form["name"]))"), query: "?done=added", from: visit)
        }
    }

    // MARK: One person

    /// Returns the page of somebody.
    func person(_ name: String, query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { try await person(name, visit, notice: Self.notice(of: query, visit)) }
    }

    private func record(_ name: String, _ visit: PageVisit) async throws -> UserRecord {
        let all = try await people.all(caller: visit.caller)
        guard let user = all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw RegistryError(.notFound, "There is no user of this name.")
        }
        return user
    }

    private func person(
        _ name: String, _ visit: PageVisit, notice: String? = nil, error: RegistryError? = nil,
        resetLink: IssuedReset? = nil
    ) async throws -> Response {
        let user = try await record(name, visit)
        let holdings = try await admin.registry.granting.holdings(ofUser: user.name, caller: visit.caller)
        let path = "admin/people/\(PathPart.encoded(user.name))"
        var parts: [Screen.Part] = [Screen.Part(nil, [.facts(facts(user, holdings, visit))])]
        if let resetLink {
            parts.insert(
                Screen.Part(
                    visit.text("people.reset.done"), anchor: "reset-link",
                    [
                        .text(visit.text("people.reset.hand", ["time": Shown.time(resetLink.expiresAt)])),
                        .command(visit.text("people.reset.link"), visit.baseURL + resetLink.path),
                    ]), at: 0)
        }
        if user.isDeclared {
            parts.append(
                Screen.Part(
                    nil,
                    [
                        .why(
                            visit.text(
                                "people.declared.why",
                                [
                                    "place": admin.facts.place(of: ["users", user.name, "password_hash"])
                                        ?? "cellar.toml"
                                ]))
                    ]))
        } else {
            parts += duties(user, path, visit)
        }
        return admin.show(
            Screen(
                title: user.name, lead: visit.text("people.one.lead"), notice: notice,
                problem: error.map { visit.text(of: $0) },
                parts: parts), visit, status: error?.formStatus ?? (resetLink == nil ? .ok : .created))
    }

    private func facts(_ user: UserRecord, _ holdings: PersonHoldings, _ visit: PageVisit) -> [Fact] {
        [
            Fact(
                visit.text("people.role"),
                .text(user.isAdministrator ? visit.text("people.administrator") : visit.text("people.user"))),
            Fact(visit.text("people.groups"), .text(user.groups.sorted().joined(separator: ", "))),
            Fact(visit.text("manage.state"), Self.tags(user, visit)),
            Fact(visit.text("people.tokens"), .text(String(holdings.tokens.count { !$0.isSession }))),
            Fact(visit.text("people.sessions"), .text(String(holdings.tokens.count { $0.isSession }))),
            Fact(visit.text("people.grants"), .text(String(holdings.grants.count))),
            Fact(
                visit.text("people.projects"),
                holdings.projects.prefix(50).map { place in
                    .link(
                        "\(place.index)/\(place.project)",
                        "./\(visit.home)\(place.index)/projects/\(place.project)/manage")
                }),
            Fact(
                visit.text("people.history"),
                .link(
                    visit.text("people.history.show"), "./\(visit.home)admin/audit?actor=\(PathPart.encoded(user.name))"
                )),
        ]
    }

    private func duties(_ user: UserRecord, _ path: String, _ visit: PageVisit) -> [Screen.Part] {
        let role = EntryForm.changing(
            visit, to: path + "/role", [.hidden("administrator", user.isAdministrator ? "no" : "yes")],
            button: user.isAdministrator ? visit.text("people.role.take") : visit.text("people.role.give"))
        let reset = EntryForm.changing(visit, to: path + "/reset", button: visit.text("people.reset.make"))
        var parts = [
            Screen.Part(
                visit.text("people.reset"), anchor: "reset",
                [
                    .text(visit.text("people.reset.hint")), .form(reset),
                    admin.command("cellar", "user", "reset", user.name, visit: visit),
                ]),
            Screen.Part(
                visit.text("people.role"), anchor: "role",
                [
                    .text(visit.text("people.role.hint")), .form(role),
                    .command(
                        visit.text("screen.command"),
                        CommandLine.text(
                            ["cellar", "user", "admin", user.name] + (user.isAdministrator ? ["--revoke"] : []))),
                ]),
        ]
        if user.isBlocked {
            parts.append(
                Screen.Part(
                    visit.text("people.unblock"), anchor: "block",
                    [
                        .form(.changing(visit, to: path + "/unblock", button: visit.text("people.unblock"))),
                        admin.command("cellar", "user", "unblock", user.name, visit: visit),
                    ]))
        } else {
            parts.append(
                Screen.Part(
                    visit.text("people.block"), anchor: "block",
                    [
                        .text(visit.text("people.block.hint")),
                        .links([.link(visit.text("people.block"), "./\(visit.home)\(path)/block")]),
                    ]))
        }
        parts.append(
            Screen.Part(
                visit.text("people.remove"), anchor: "remove",
                [
                    .text(visit.text("people.remove.hint")),
                    .links([.link(visit.text("people.remove"), "./\(visit.home)\(path)/remove")]),
                ]))
        return parts
    }

    /// Makes somebody an administrator, or one no longer.
    func setRole(_ name: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/people/\(PathPart.encoded(name))", done: "role") {
            try await people.setAdministrator(form["administrator"] == "yes", ofUser: name, caller: visit.caller)
        } orElse: { error in
            try await person(name, visit, error: error)
        }
    }

    /// Makes a link for a new password and shows it, this once.
    func reset(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            do {
                let issued = try await admin.registry.links.makeReset(ofUser: name, caller: visit.caller)
                return try await person(name, visit, resetLink: issued)
            } catch let error as RegistryError where error.isShownInForm {
                return try await person(name, visit, error: error)
            }
        }
    }

    /// Lets somebody in again.
    func unblock(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/people/\(PathPart.encoded(name))", done: "unblocked") {
            try await people.setBlocked(false, ofUser: name, caller: visit.caller)
        } orElse: { error in
            try await person(name, visit, error: error)
        }
    }

    // MARK: Previews

    /// Returns the preview of shutting somebody out.
    func blocking(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await blocking(name, visit), visit) }
    }

    /// Shuts somebody out.
    func block(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/people/\(PathPart.encoded(name))", done: "blocked") {
            try await people.setBlocked(true, ofUser: name, caller: visit.caller)
        } orElse: { error in
            admin.preview(try await blocking(name, visit), visit, after: error)
        }
    }

    private func blocking(_ name: String, _ visit: PageVisit) async throws -> Confirmation {
        let user = try await record(name, visit)
        let path = "admin/people/\(PathPart.encoded(user.name))"
        return Confirmation(
            title: visit.text("people.block.title", ["name": user.name]), lead: visit.text("people.block.lead"),
            action: path + "/block", button: visit.text("people.block"), back: path,
            parts: [try await holdingsPart(user.name, visit)],
            command: CommandLine.text("cellar", "user", "block", user.name))
    }

    /// Returns the preview of removing somebody.
    func removal(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await removal(name, visit), visit) }
    }

    /// Removes somebody, if the name was typed.
    func remove(_ name: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let preview = try await removal(name, visit)
            guard preview.isTyped(in: form) else { return admin.preview(preview, visit, isMistyped: true) }
            do {
                try await people.remove(name, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return admin.preview(preview, visit, after: error)
            }
            return Layout.redirect(to: .at("admin/people"), query: "?done=removed", from: visit)
        }
    }

    private func removal(_ name: String, _ visit: PageVisit) async throws -> Confirmation {
        let user = try await record(name, visit)
        let path = "admin/people/\(PathPart.encoded(user.name))"
        return Confirmation(
            title: visit.text("people.remove.title", ["name": user.name]), lead: visit.text("people.remove.lead"),
            action: path + "/remove", button: visit.text("people.remove"), back: path,
            parts: [try await holdingsPart(user.name, visit)], warning: visit.text("people.remove.warning"),
            typed: user.name, command: CommandLine.text("cellar", "user", "remove", user.name))
    }

    /// What somebody has, which ends or stays without an owner.
    private func holdingsPart(_ name: String, _ visit: PageVisit) async throws -> Screen.Part {
        let holdings = try await admin.registry.granting.holdings(ofUser: name, caller: visit.caller)
        let tokens = Table(
            visit.text("people.tokens"),
            [
                Table.Column(visit.text("tokens.name")), Table.Column(visit.text("tokens.scope")),
                Table.Column(visit.text("tokens.used")),
            ],
            holdings.tokens.filter { !$0.isSession }.map { token in
                [
                    Cell(.code(token.name)), .text(TokenScopeWords.text(token.scope, visit)),
                    .text(TokenWords.moment(token.lastUsedAt, visit)),
                ]
            }, empty: visit.text("people.tokens.none"))
        return Screen.Part(
            visit.text("people.goes"), anchor: "goes",
            [
                .table(tokens),
                .facts([
                    Fact(visit.text("people.sessions"), .text(String(holdings.tokens.count { $0.isSession }))),
                    Fact(visit.text("people.grants"), .text(String(holdings.grants.count))),
                    Fact(
                        visit.text("people.projects"),
                        .text(
                            holdings.projects.prefix(20).map { "\($0.index)/\($0.project)" }
                                .joined(separator: ", "))),
                ]),
            ])
    }

    private static func notice(of query: String, _ visit: PageVisit) -> String? {
        switch query {
        case "done=added": visit.text("people.done.added")
        case "done=role": visit.text("people.done.role")
        case "done=blocked": visit.text("people.done.blocked")
        case "done=unblocked": visit.text("people.done.unblocked")
        case "done=removed": visit.text("people.done.removed")
        default: nil
        }
    }
}
