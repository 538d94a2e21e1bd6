import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// What the pages of administrators know of the server besides its use cases.
package struct ServerFacts: Sendable {
    /// A setting as it is in force.
    package struct Setting: Sendable {
        /// Such as `["index", "main", "read"]`.
        let path: [String]
        /// The value as it would stand in the file; nil if there is none.
        let value: String?
        /// What happens without a value.
        let note: String?
        /// Where it stands, such as `cellar.toml:12`.
        let place: String

        package init(path: [String], value: String?, note: String?, place: String) {
            self.path = path
            self.value = value
            self.note = note
            self.place = place
        }
    }

    /// The configuration in force, without secrets.
    let settings: [Setting]
    let version: String
    /// What follows the words of each command, as it must be typed on the server: ` --config …` or nothing.
    let commandOptions: String

    package init(settings: [Setting], version: String, commandOptions: String = "") {
        self.settings = settings
        self.version = version
        self.commandOptions = commandOptions
    }

    /// Returns the settings of a section, such as `["index", "main"]`.
    func settings(of section: [String]) -> [Setting] {
        settings.filter { $0.path.dropLast().elementsEqual(section) }
    }

    /// Returns where a setting stands; nil if nothing is known of it.
    func place(of path: [String]) -> String? { settings.first { $0.path == path }?.place }
}

/// What the pages of administrators share.
struct AdminDesk: Sendable {
    let desk: Desk
    let facts: ServerFacts

    var registry: RegistryServices { desk.registry }

    /// Answers an administrator. Who is not signed in is led to the form for that; others are refused.
    func with(_ visit: PageVisit, _ answer: () async throws -> Response) async throws -> Response {
        guard visit.caller.isKnown else {
            return SignInPages.required(for: visit.place ?? .at("admin/"), visit: visit)
        }
        guard registry.permissions.administersServer(visit.caller) else {
            throw RegistryError(.forbidden, "Only administrators may see this page.")
        }
        return try await answer()
    }

    /// Does what a form asks for, and leads to a page; or answers with why it was not done.
    func change(
        _ visit: PageVisit, to page: String, done: String, _ act: () async throws -> Void,
        orElse failed: (RegistryError) async throws -> Response
    ) async throws -> Response {
        try await with(visit) {
            do {
                try await act()
            } catch let error as RegistryError where error.isShownInForm {
                return try await failed(error)
            }
            return Layout.redirect(to: .at(page), query: "?done=\(done)", from: visit)
        }
    }

    /// Returns a screen with the menu of administrators.
    func show(_ screen: Screen, _ visit: PageVisit, status: HTTPResponse.Status? = nil) -> Response {
        var screen = screen
        screen.menu = Self.menu(visit)
        return desk.show(screen, to: visit, status: status)
    }

    /// Shows the preview of an act.
    func preview(
        _ confirmation: Confirmation, _ visit: PageVisit, after error: RegistryError? = nil, isMistyped: Bool = false
    ) -> Response {
        show(
            confirmation.screen(visit, problem: error.map { visit.text(of: $0) }, isMistyped: isMistyped), visit,
            status: error?.formStatus)
    }

    /// Returns the block with the command that does the same.
    func command(_ words: String..., visit: PageVisit) -> Block {
        .command(visit.text("screen.command"), CommandLine.text(words))
    }

    static func menu(_ visit: PageVisit) -> Screen.Menu {
        let pages = [
            ("admin/", visit.text("admin.menu.overview")), ("admin/people", visit.text("admin.menu.people")),
            ("admin/groups", visit.text("admin.menu.groups")),
            ("admin/invitations", visit.text("admin.menu.invitations")),
            ("admin/requests", visit.text("admin.menu.requests")), ("admin/grants", visit.text("admin.menu.grants")),
            ("admin/tokens", visit.text("admin.menu.tokens")), ("admin/indexes", visit.text("admin.menu.indexes")),
            ("admin/names", visit.text("admin.menu.names")), ("admin/upstreams", visit.text("admin.menu.upstreams")),
            ("admin/cache", visit.text("admin.menu.cache")), ("admin/storage", visit.text("admin.menu.storage")),
            ("admin/statistics", visit.text("admin.menu.statistics")), ("admin/audit", visit.text("admin.menu.audit")),
            ("admin/replicas", visit.text("admin.menu.replicas")),
        ]
        return Screen.Menu(
            menuLabel: visit.text("admin.menu"),
            entries: pages.map { path, label in
                let here = visit.place?.path ?? ""
                let isHere = path == "admin/" ? here == "/admin/" || here == "/admin" : visit.isAt(path)
                return Screen.Menu.Entry(entryLabel: label, entryLink: "./\(visit.home)\(path)", isHere: isHere)
            })
    }
}
