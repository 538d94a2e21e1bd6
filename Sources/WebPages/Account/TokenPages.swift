import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The tokens of one's own account: a list, a form for new ones, and what a new one looks like in each client.
struct TokenPages: Sendable {
    let desk: Desk

    /// Returns the list and the form.
    func page(query: String, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .at("account/tokens"), visit: visit) }
        let notice = query == "done=revoked" ? visit.text("tokens.revoked") : nil
        return try await list(session, TokenWish(), notice: notice, problem: nil, visit: visit)
    }

    /// Makes a token and shows it, this once; or shows the form again with what is wrong.
    func make(_ form: SentForm, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .at("account/tokens"), visit: visit) }
        let wish = TokenWish(form, indexes: desk.knownIndexes(visit).map(\.name))
        guard let scope = wish.scope else {
            return try await list(
                session, wish, problem: visit.text("screen.nothingSaved"),
                projectsProblem: visit.text("tokens.projects.wrong"), visit: visit)
        }
        do {
            let caller = try await proven(form, session, visit)
            let issued = try await desk.registry.tokens.issue(
                TokenOrder(
                    name: wish.name, owner: .user(session.person.name), scope: scope, lifetime: wish.lifetime),
                caller: caller)
            return desk.show(made(issued, wish, visit), to: visit, status: .created)
        } catch let error as RegistryError where error.code == .wrongCredentials || error.code == .tooManyAttempts {
            var response = try await list(
                session, wish, problem: visit.text("screen.nothingSaved"), presentProblem: visit.text(of: error),
                status: error.code == .tooManyAttempts ? .tooManyRequests : .unprocessableContent, visit: visit)
            if let seconds = error.retryAfter { response.headers[.retryAfter] = String(seconds) }
            return response
        } catch let error as RegistryError where error.isShownInForm {
            return try await list(
                session, wish, problem: visit.text("screen.nothingSaved"), nameProblem: visit.text(of: error),
                status: error.formStatus, visit: visit)
        }
    }

    /// Returns whether somebody has a password, here or at a directory. Whoever signs in with a provider alone has none:
    /// their tokens end with the session.
    private func hasPassword(_ session: PageVisit.Session) async throws -> Bool {
        let user = try await desk.registry.people.own(session.caller)
        return user.hasPassword || user.links.contains { !$0.identity.provider.description.hasPrefix("sso:") }
    }

    /// Returns who makes a token: the person, if they prove once more who they are, so that a session that somebody else got
    /// hold of leaves no token behind that outlives it. Throws `.wrongCredentials` and `.tooManyAttempts`.
    private func proven(
        _ form: SentForm, _ session: PageVisit.Session, _ visit: PageVisit
    ) async throws -> Caller {
        guard try await hasPassword(session) else { return session.caller }
        let person = try await visit.actions.person(session.person.name, form["present"])
        guard person.id == session.person.id else {
            throw RegistryError(.wrongCredentials, visit.text("tokens.present.wrong"))
        }
        return .person(person)
    }

    /// Returns the preview of a revocation.
    func revocation(_ id: String, visit: PageVisit) async throws -> Response {
        let place = LocalPath.at("account/tokens/\(PathPart.encoded(id))/revoke")
        guard let session = visit.session else { return SignInPages.required(for: place, visit: visit) }
        let token = try await own(id, session, visit)
        return desk.show(
            confirmation(of: token, session, visit).screen(visit, menu: AccountMenu.menu(visit)), to: visit)
    }

    /// Revokes a token.
    func revoke(_ id: String, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .at("account/tokens"), visit: visit) }
        let token = try await own(id, session, visit)
        do {
            try await desk.registry.tokens.revoke(token.id, caller: session.caller)
        } catch let error as RegistryError where error.isShownInForm {
            return desk.show(
                confirmation(of: token, session, visit)
                    .screen(visit, menu: AccountMenu.menu(visit), problem: visit.text(of: error)),
                to: visit, status: error.formStatus)
        }
        if token.isSession {
            return Layout.redirect(to: .at("account/sessions"), query: "?done=ended", from: visit)
        }
        return Layout.redirect(to: .at("account/tokens"), query: "?done=revoked", from: visit)
    }

    private func own(_ id: String, _ session: PageVisit.Session, _ visit: PageVisit) async throws -> TokenRecord {
        let tokens = try await desk.registry.tokens.tokens(of: .user(session.person.name), caller: session.caller)
        guard let token = tokens.first(where: { String($0.id) == id }) else {
            throw RegistryError(.notFound, "You have no token with this number.")
        }
        return token
    }

    private func confirmation(
        of token: TokenRecord, _ session: PageVisit.Session, _ visit: PageVisit
    ) -> Confirmation {
        let isOwn = token.id == session.holder.id
        let back = token.isSession ? "account/sessions" : "account/tokens"
        var facts = [
            Fact(visit.text("tokens.name"), .code(token.name)),
            Fact(visit.text("tokens.scope"), .text(TokenScopeWords.text(token.scope, visit))),
            Fact(visit.text("tokens.made"), .text(Shown.time(token.createdAt))),
            Fact(visit.text("tokens.used"), .text(TokenWords.moment(token.lastUsedAt, visit))),
        ]
        if isOwn { facts.append(Fact(visit.text("sessions.which"), .text(visit.text("sessions.this")))) }
        return Confirmation(
            title: token.isSession
                ? visit.text("sessions.end.title") : visit.text("tokens.revoke.title", ["name": token.name]),
            lead: token.isSession ? visit.text("sessions.end.lead") : visit.text("tokens.revoke.lead"),
            action: "account/tokens/\(token.id)/revoke",
            button: token.isSession ? visit.text("sessions.end") : visit.text("tokens.revoke"),
            back: back, parts: [Screen.Part(nil, [.facts(facts)])],
            command: CommandLine.text("cellar", "token", "revoke", "#\(token.id)", "--user", session.person.name))
    }

    // MARK: The list

    private func list(
        _ session: PageVisit.Session, _ wish: TokenWish, notice: String? = nil, problem: String?,
        nameProblem: String? = nil, projectsProblem: String? = nil, presentProblem: String? = nil,
        status: HTTPResponse.Status? = nil,
        visit: PageVisit
    ) async throws -> Response {
        let tokens = try await desk.registry.tokens.tokens(of: .user(session.person.name), caller: session.caller)
            .filter { !$0.isSession }
        let table = Table(
            visit.text("tokens.yours"),
            [
                Table.Column(visit.text("tokens.name")), Table.Column(visit.text("tokens.scope")),
                Table.Column(visit.text("tokens.expires")), Table.Column(visit.text("tokens.used")),
                Table.Column(visit.text("screen.act")),
            ],
            tokens.map { row($0, visit) }, empty: visit.text("tokens.none"))
        var fields = TokenWords.fields(wish, desk.knownIndexes(visit), nameProblem, projectsProblem, visit)
        if try await hasPassword(session) {
            fields.append(
                .line(
                    "present", visit.text("tokens.present"), kind: .password, hint: visit.text("tokens.present.hint"),
                    problem: presentProblem, isRequired: true, longest: 1000, complete: "current-password"))
        }
        let form = EntryForm.changing(
            visit, to: "account/tokens", fields,
            button: visit.text("tokens.make"))
        let screen = Screen(
            title: visit.text("tokens.title"), lead: visit.text("tokens.lead"), menu: AccountMenu.menu(visit),
            notice: notice, problem: problem,
            parts: [
                Screen.Part(nil, [.table(table)]),
                Screen.Part(
                    visit.text("tokens.new"), anchor: "new",
                    [
                        .form(form),
                        .command(
                            visit.text("screen.command"),
                            wish.command(user: session.person.name)),
                    ]),
            ])
        return desk.show(screen, to: visit, status: status)
    }

    private func row(_ token: TokenRecord, _ visit: PageVisit) -> [Cell] {
        let act =
            token.isDeclared
            ? Cell(.small(visit.text("tokens.declared")))
            : Cell(
                .link(
                    visit.text("tokens.revoke.link", ["name": token.name]),
                    "./\(visit.home)account/tokens/\(token.id)/revoke"))
        return [
            Cell(.code(token.name), .small(visit.text("tokens.by", ["name": token.createdBy]))),
            .text(TokenScopeWords.text(token.scope, visit)),
            .text(token.expiresAt.map(Shown.time) ?? visit.text("tokens.never")),
            .text(TokenWords.moment(token.lastUsedAt, visit)), act,
        ]
    }

    // MARK: A new token

    private func made(_ issued: IssuedToken, _ wish: TokenWish, _ visit: PageVisit) -> Screen {
        let text = issued.text.reveal()
        let known = desk.knownIndexes(visit)
        let index = known.first { wish.indexes.isEmpty || wish.indexes.contains($0.name) }?.name ?? .main
        let snippets = TokenSnippets(
            token: text, index: index.description, address: ServerAddress(baseURL: visit.baseURL))
        let end = issued.record.expiresAt.map(Shown.time) ?? visit.text("tokens.never")
        return Screen(
            title: visit.text("tokens.done.title", ["name": issued.record.name]),
            menu: AccountMenu.menu(visit), notice: visit.text("tokens.done"),
            parts: [
                Screen.Part(
                    nil,
                    [
                        .command(visit.text("tokens.text"), text),
                        .facts([
                            Fact(visit.text("tokens.scope"), .text(TokenScopeWords.text(issued.record.scope, visit))),
                            Fact(visit.text("tokens.expires"), .text(end)),
                        ]),
                    ]),
                Screen.Part(
                    visit.text("tokens.use", ["index": index.description]), anchor: "use",
                    snippets.all.map { .command($0.place, $0.text) }),
                Screen.Part(
                    nil,
                    [.links([.link(visit.text("tokens.back"), "./\(visit.home)account/tokens")])]),
            ])
    }
}

/// What somebody wants of a new token, as they have typed it.
struct TokenWish {
    var name = ""
    var days = "90"
    var rights: Set<Right> = []
    var indexes: Set<IndexName> = []
    var projects = ""

    /// The times that the form offers, in days; `never` besides.
    static let lifetimes = ["1", "7", "30", "90", "365"]

    init() {}

    /// Reads a form; of indexes, those that the visitor knows of.
    init(_ form: SentForm, indexes known: [IndexName]) {
        name = form["name"].filter { !$0.isNewline }
        days = form["expires"]
        rights = Set(Right.allCases.filter { !form["right-\($0.rawValue)"].isEmpty })
        indexes = Set(known.filter { !form["index-\($0)"].isEmpty })
        projects = form["projects"]
    }

    var lifetime: TokenLifetime? {
        if days == "never" { return .unlimited }
        return Self.lifetimes.contains(days) ? Int64(days).map { .seconds($0 * 86_400) } : nil
    }

    private var projectWords: [String] {
        projects.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    /// What the token may be used for; nil if a project's name is none.
    var scope: TokenScope? {
        let names = projectWords.compactMap(NormalizedName.init)
        guard names.count == projectWords.count else { return nil }
        return TokenScope(
            rights: rights.isEmpty ? nil : rights, indexes: indexes.isEmpty ? nil : indexes,
            projects: names.isEmpty ? nil : Set(names))
    }

    /// The command that makes it.
    func command(user: String) -> String {
        var words = ["cellar", "token", "create", name.isEmpty ? "NAME" : name, "--user", user]
        for right in Right.allCases where rights.contains(right) { words += ["--right", right.rawValue] }
        for index in indexes.sorted() { words += ["--index", index.description] }
        for project in projectWords { words += ["--project", project] }
        words += ["--expires", days == "never" ? days : "\(Self.lifetimes.contains(days) ? days : "90")d"]
        return CommandLine.text(words)
    }
}

/// The words and fields of tokens, which pages of people and of administrators share.
enum TokenWords {
    static func moment(_ moment: Timestamp?, _ visit: PageVisit) -> String {
        moment.map(Shown.time) ?? visit.text("tokens.unused")
    }

    static func fields(
        _ wish: TokenWish, _ indexes: [IndexSettings], _ nameProblem: String?, _ projectsProblem: String?,
        _ visit: PageVisit
    ) -> [Field] {
        var lifetimes = TokenWish.lifetimes.map { days in
            (value: days, text: days == "1" ? visit.text("tokens.day") : visit.text("tokens.days", ["days": days]))
        }
        lifetimes.append((value: "never", text: visit.text("tokens.forever")))
        var fields: [Field] = [
            .line(
                "name", visit.text("tokens.name"), wish.name, hint: visit.text("tokens.name.hint"),
                problem: nameProblem, isRequired: true, longest: 64),
            .choice(
                "expires", visit.text("tokens.lifetime"), lifetimes,
                chosen: wish.lifetime == nil ? "90" : wish.days),
            .boxes(
                "rights", visit.text("tokens.rights"),
                Right.allCases.map { right in
                    Field.Box(
                        boxID: "right-\(right.rawValue)", boxName: "right-\(right.rawValue)", boxText: right.rawValue,
                        boxHint: RightWords.meaning(of: right, visit), isTicked: wish.rights.contains(right))
                }, hint: visit.text("tokens.rights.hint")),
        ]
        if indexes.count > 1 {
            fields.append(
                .boxes(
                    "indexes", visit.text("tokens.indexes"),
                    indexes.map { settings in
                        let name = settings.name.description
                        return Field.Box(
                            boxID: "index-\(name)", boxName: "index-\(name)", boxText: name, boxHint: nil,
                            isTicked: wish.indexes.contains(settings.name))
                    }, hint: visit.text("tokens.indexes.hint")))
        }
        fields.append(
            .line(
                "projects", visit.text("tokens.projects"), wish.projects, hint: visit.text("tokens.projects.hint"),
                problem: projectsProblem, longest: 2000))
        return fields
    }
}

/// A new token as clients want it.
struct TokenSnippets {
    let token: String
    let index: String
    let address: ServerAddress

    /// A file or a command, and what stands in it.
    struct Snippet {
        let place: String
        let text: String
    }

    /// The address with the token in it.
    private var loginURL: String {
        address.baseURL.replacing("://", with: "://__token__:\(token)@", maxReplacements: 1)
    }

    var all: [Snippet] {
        let trust = address.isTrustedByPip ? "" : "\ntrusted-host = \(address.host)"
        let host = address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
        return [
            Snippet(
                place: "pip: ~/.config/pip/pip.conf",
                text: "[global]\nindex-url = \(loginURL)/\(index)/simple/\(trust)"),
            Snippet(place: "~/.netrc", text: "machine \(host)\nlogin __token__\npassword \(token)"),
            Snippet(
                place: "uv: ~/.config/uv/uv.toml",
                text: """
                    [[index]]
                    name = "cellar"
                    url = "\(loginURL)/\(index)/simple/"
                    default = true
                    publish-url = "\(address.baseURL)/\(index)/"
                    """),
            Snippet(
                place: "twine: ~/.pypirc",
                text: """
                    [distutils]
                    index-servers = cellar

                    [cellar]
                    repository = \(address.baseURL)/\(index)/
                    username = __token__
                    password = \(token)
                    """),
            Snippet(
                place: "Poetry",
                text: """
                    poetry source add --priority=primary cellar \(address.baseURL)/\(index)/simple/
                    poetry config repositories.cellar \(address.baseURL)/\(index)/
                    poetry config http-basic.cellar __token__ \(token)
                    """),
        ]
    }
}
