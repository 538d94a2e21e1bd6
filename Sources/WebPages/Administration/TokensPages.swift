import Hummingbird
import PackagingStandards
import Registry

/// All tokens, and the service accounts that own those of machines.
struct TokensPages: Sendable {
    let admin: AdminDesk
    private var tokens: Tokens { admin.registry.tokens }

    /// Returns the lists, with forms for a service account and for a token of one.
    func list(query: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let notice =
                switch query {
                case "done=revoked": visit.text("tokens.revoked")
                case "done=added": visit.text("service.done.added")
                case "done=removed": visit.text("service.done.removed")
                default: nil as String?
                }
            return try await list(visit, notice: notice)
        }
    }

    private func list(
        _ visit: PageVisit, notice: String? = nil, name: String = "", error: RegistryError? = nil
    ) async throws -> Response {
        let all = try await tokens.tokens(caller: visit.caller).filter { !$0.isSession }
        let services = try await tokens.serviceAccounts(caller: visit.caller)
        let table = Table(
            visit.text("admin.tokens.title"),
            [
                Table.Column(visit.text("tokens.name")), Table.Column(visit.text("tokens.owner")),
                Table.Column(visit.text("tokens.scope")), Table.Column(visit.text("tokens.expires")),
                Table.Column(visit.text("tokens.used")), Table.Column(visit.text("screen.act")),
            ],
            all.map { token in
                [
                    Cell(.code(token.name)), Cell(.code("\(token.owner)")),
                    .text(TokenScopeWords.text(token.scope, visit)),
                    .text(token.expiresAt.map(Shown.time) ?? visit.text("tokens.never")),
                    .text(TokenWords.moment(token.lastUsedAt, visit)),
                    token.isDeclared
                        ? Cell(.small(visit.text("tokens.declared")))
                        : Cell(
                            .link(
                                visit.text("tokens.revoke.link", ["name": token.name]),
                                "./\(visit.home)admin/tokens/\(token.id)/revoke")),
                ]
            }, empty: visit.text("admin.tokens.none"))
        let accounts = Table(
            visit.text("service.title"),
            [
                Table.Column(visit.text("service.name")), Table.Column(visit.text("people.since")),
                Table.Column(visit.text("screen.act")),
            ],
            services.map { service in
                [
                    Cell(.code("service:\(service.name)")), .text(Shown.day(service.createdAt)),
                    Cell(
                        .link(
                            visit.text("service.remove", ["name": service.name]),
                            "./\(visit.home)admin/services/\(PathPart.encoded(service.name))/remove")),
                ]
            }, empty: visit.text("service.none"))
        let add = EntryForm.changing(
            visit, to: "admin/services",
            [
                .line(
                    "name", visit.text("service.name"), name, problem: error.map { visit.text(of: $0) },
                    isRequired: true, longest: 64)
            ], button: visit.text("service.add"))
        return admin.show(
            Screen(
                title: visit.text("admin.tokens.title"), lead: visit.text("admin.tokens.lead"), notice: notice,
                problem: error.map { _ in visit.text("screen.nothingSaved") },
                parts: [
                    Screen.Part(
                        nil, [.table(table), admin.command("cellar", "token", "create", "NAME", visit: visit)]),
                    Screen.Part(
                        visit.text("service.title"), anchor: "services",
                        [
                            .text(visit.text("service.lead")), .table(accounts), .form(add),
                            admin.command("cellar", "service", "add", "NAME", visit: visit),
                        ]),
                ]), visit, status: error?.formStatus)
    }

    /// Returns the preview of a revocation.
    func revocation(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await revocation(id, visit).0, visit) }
    }

    /// Revokes a token.
    func revoke(_ id: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let (preview, token) = try await revocation(id, visit)
            do {
                try await tokens.revoke(token.id, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return admin.preview(preview, visit, after: error)
            }
            return Layout.redirect(to: .at("admin/tokens"), query: "?done=revoked", from: visit)
        }
    }

    private func revocation(_ id: String, _ visit: PageVisit) async throws -> (Confirmation, TokenRecord) {
        let all = try await tokens.tokens(caller: visit.caller)
        guard let token = all.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "There is no token with this number.")
        }
        return (
            Confirmation(
                title: visit.text("tokens.revoke.title", ["name": token.name]),
                lead: visit.text("tokens.revoke.lead"), action: "admin/tokens/\(id)/revoke",
                button: visit.text("tokens.revoke"), back: "admin/tokens",
                parts: [
                    Screen.Part(
                        nil,
                        [
                            .facts([
                                Fact(visit.text("tokens.owner"), .code("\(token.owner)")),
                                Fact(
                                    visit.text("tokens.scope"), .text(TokenScopeWords.text(token.scope, visit))),
                                Fact(
                                    visit.text("tokens.used"), .text(TokenWords.moment(token.lastUsedAt, visit))),
                            ])
                        ])
                ], command: CommandLine.text("cellar", "token", "revoke", "#\(id)")), token
        )
    }

    // MARK: Service accounts

    /// Adds a service account.
    func addService(_ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.change(visit, to: "admin/tokens", done: "added") {
            try await tokens.addServiceAccount(form["name"], caller: visit.caller)
        } orElse: { error in
            try await list(visit, name: form["name"], error: error)
        }
    }

    /// Returns the preview of removing a service account.
    func serviceRemoval(_ name: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) { admin.preview(try await serviceRemoval(name, visit), visit) }
    }

    /// Removes a service account, if the name was typed.
    func removeService(_ name: String, _ form: SentForm, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let preview = try await serviceRemoval(name, visit)
            guard preview.isTyped(in: form) else { return admin.preview(preview, visit, isMistyped: true) }
            do {
                try await tokens.removeServiceAccount(name, caller: visit.caller)
            } catch let error as RegistryError where error.isShownInForm {
                return admin.preview(preview, visit, after: error)
            }
            return Layout.redirect(to: .at("admin/tokens"), query: "?done=removed", from: visit)
        }
    }

    private func serviceRemoval(_ name: String, _ visit: PageVisit) async throws -> Confirmation {
        let services = try await tokens.serviceAccounts(caller: visit.caller)
        guard let service = services.first(where: { $0.name == name }) else {
            throw RegistryError(.notFound, "There is no service account of this name.")
        }
        let own = try await tokens.tokens(of: .service(service.name), caller: visit.caller)
        let table = Table(
            visit.text("people.tokens"),
            [Table.Column(visit.text("tokens.name")), Table.Column(visit.text("tokens.used"))],
            own.map { [Cell(.code($0.name)), .text(TokenWords.moment($0.lastUsedAt, visit))] },
            empty: visit.text("people.tokens.none"))
        return Confirmation(
            title: visit.text("service.remove.title", ["name": service.name]),
            lead: visit.text("service.remove.lead"),
            action: "admin/services/\(PathPart.encoded(service.name))/remove",
            button: visit.text("service.remove.button"), back: "admin/tokens",
            parts: [Screen.Part(visit.text("people.goes"), anchor: "goes", [.table(table)])],
            warning: visit.text("service.remove.warning"), typed: service.name,
            command: CommandLine.text("cellar", "service", "remove", service.name))
    }
}
