package import HTTPTypes
package import Hummingbird
import PackagingStandards
package import Registry

/// The pages for people: the page at `/`, those of their accounts, and those of one-time links.
///
/// They work without JavaScript, load nothing from other sites, and escape all that they show. Every form comes in at one
/// place, which refuses what other sites' pages sent (decision 27).
package struct WebPages: Sendable {
    /// The sources of all templates, by their names.
    static let sources = [
        "layout": Layout.template,
        "new-password": NewPasswordModel.template,
        "name-field": NameField.template,
        "closed": ClosedPage.template,
        "failure": FailurePage.template,
        "home": HomePage.template,
        "search": SearchPage.template,
        "project": ProjectTemplate.text,
        "publish": PublishPage.template,
        "login": SignInPages.template,
        "account": AccountPages.template,
        "link": LinkPages.template,
        "register": RegistrationPages.template,
        "setup": SetupPage.formTemplate,
    ].merging(Screen.templates) { first, _ in first }

    /// What owners and administrators do, and everybody with their own account.
    let duties: DutyPages
    private let failure: FailurePage
    private let home: HomePage
    private let search: SearchPage
    private let projects: ProjectPages
    private let publish: PublishPage
    private let signIn: SignInPages
    private let signOn: SignOnPages
    private let account: AccountPages
    private let links: LinkPages
    private let registration: RegistrationPages?
    private let setup: SetupPage?

    /// Makes the pages.
    ///
    /// - Parameters:
    ///   - indexes: The indexes of the configuration, in its order.
    ///   - registry: The use cases.
    ///   - accounts: What the pages of accounts do.
    ///   - facts: What the pages of administrators know of the server.
    ///   - loadsReadmeImages: Whether browsers load the images in descriptions of projects from other sites.
    ///   - setup: The parts of the setup link, or nil if there is an administrator already.
    /// - Throws: The error in a template.
    package init(
        indexes: [IndexSettings], registry: RegistryServices, accounts: AccountServices, facts: ServerFacts,
        loadsReadmeImages: Bool = false, setup: FirstAdministratorSetup?
    ) throws {
        let templates = try PageTemplates(Self.sources)
        failure = FailurePage(templates: templates)
        duties = DutyPages(
            desk: Desk(registry: registry, indexes: indexes, templates: templates), accounts: accounts, facts: facts)
        home = HomePage(
            indexes: indexes, permissions: registry.permissions, releases: registry.newestReleases,
            tokens: registry.tokens, templates: templates)
        search = SearchPage(
            indexes: indexes, permissions: registry.permissions, search: registry.search, templates: templates)
        projects = ProjectPages(
            registry: registry,
            readme: ReadmeRenderer(images: loadsReadmeImages ? .loaded : .linked, firstLevel: 3), templates: templates)
        publish = PublishPage(indexes: indexes, permissions: registry.permissions, templates: templates)
        signIn = SignInPages(accounts: accounts, templates: templates)
        signOn = SignOnPages(signOn: accounts.signOn, signIn: signIn)
        account = AccountPages(accounts: accounts, signIn: signIn, templates: templates)
        links = LinkPages(accounts: accounts, signIn: signIn, templates: templates)
        registration =
            accounts.isRegistrationOpen ? RegistrationPages(accounts: accounts, templates: templates) : nil
        self.setup = setup.map {
            SetupPage(setup: $0, indexes: indexes, facts: facts, templates: templates)
        }
    }

    /// Adds the pages' routes.
    ///
    /// - Parameters:
    ///   - router: The router, whose middleware is in place.
    ///   - visit: Returns how the client of a request reaches the server, and who it is.
    package func addRoutes<Context: RequestContext>(
        to router: Router<Context>, visit: @escaping @Sendable (Request, Context) async throws -> PageVisit
    ) {
        let pages = PageRouter(router: router, visit: visit)
        pages.get("/") { request, _, visit in
            try await home.response(chosen: request.uri.queryParameters.get("index"), visit: visit)
        }
        pages.post("/account/home-token", .session) { form, _, visit in
            try await home.makeToken(form, visit: visit)
        }
        pages.get("/search") { request, _, visit in try await search.response(request, visit: visit) }
        addProjects(to: pages)
        pages.get("/account/publish") { request, _, visit in
            publish.form(index: request.uri.queryParameters.get("index"), visit: visit)
        }
        // Its files are read as they come: it checks the form's token itself.
        router.post("/account/publish") { request, context in
            try await publish.publish(visit: try await visit(request, context))
        }
        router.get("/-/pages/style.css") { _, _ in
            Layout.resource(Style.text + ScreenStyle.text, type: "text/css; charset=utf-8")
        }
        router.get("/-/pages/script.js") { _, _ in
            Layout.resource(Script.text, type: "text/javascript; charset=utf-8")
        }
        router.get("/-/pages/icon.svg") { _, _ in
            Layout.resource(Layout.icon, type: "image/svg+xml")
        }
        addAccounts(to: pages)
        addSignOn(to: pages)
        addLinks(to: pages)
        duties.addAccount(to: pages)
        duties.addProjects(to: pages)
        duties.addPeople(to: pages)
        duties.addServer(to: pages)
    }

    /// Returns what a browser is shown for an error: a page that helps; or the way to sign in, if that is what is missing.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - code: The error's code.
    ///   - message: What the server says.
    ///   - status: The status.
    ///   - visit: What is known of the request.
    /// - Returns: The page.
    package func failure(
        of request: Request, code: String, message: String, status: HTTPResponse.Status, visit: PageVisit
    ) -> Response {
        if let response = Choices.answer(request, visit: visit) { return response }
        let isRead = request.method == .get || request.method == .head
        // Whoever sends credentials in the headers is asked for them again, as is who cannot be led back.
        if status == .unauthorized, isRead, !request.headers.contains(.authorization), let place = visit.place {
            return SignInPages.required(for: place, visit: visit)
        }
        return failure.response(RegistryError.Code(rawValue: code), message, status: status, visit: visit)
    }

    /// Returns the page of a project in an index, at `/<index>/projects/<project>/`, or nil for any other request: such an
    /// address begins with a name, which no router tells from the addresses of the protocols.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - visit: Returns how the client of the request reaches the server, and who it is.
    /// - Returns: The page.
    /// - Throws: Why there is none.
    package func projectPage(
        for request: Request, visit: @Sendable () async throws -> PageVisit
    ) async throws -> Response? {
        let segments = request.uri.path.split(separator: "/")
        guard request.method == .get || request.method == .head, (3...4).contains(segments.count),
            segments[1] == "projects", IndexName(String(segments[0])) != nil
        else { return nil }
        let visit = try await visit()
        if let response = Choices.answer(request, visit: visit) { return response }
        return try await projects.response(
            index: String(segments[0]), name: String(segments[2]),
            version: segments.count == 4 ? String(segments[3]) : nil, visit: visit)
    }

    private func addProjects<Context>(to pages: PageRouter<Context>) {
        for path in ["/projects/:project", "/projects/:project/:version"] {
            pages.get(RouterPath(path)) { _, context, visit in
                try await projects.response(
                    index: IndexName.main.description, name: context.parameters.get("project") ?? "",
                    version: context.parameters.get("version"), visit: visit)
            }
        }
    }

    private func addAccounts<Context>(to pages: PageRouter<Context>) {
        pages.get("/login") { request, _, visit in
            signIn.form(next: request.uri.queryParameters.get("next"), visit: visit)
        }
        pages.post("/login", .stranger, old: signIn.oldForm) { form, _, visit in
            try await signIn.signIn(form, visit: visit)
        }
        pages.post("/logout", .session, old: signIn.oldSignOut) { _, _, visit in
            try await signIn.signOut(visit: visit)
        }
        pages.get("/account") { request, _, visit in
            try await account.page(query: request.uri.query ?? "", visit: visit)
        }
        pages.post("/account/password", .session) { form, _, visit in
            try await account.changePassword(form, visit: visit)
        }
        pages.post("/account/sign-out", .session) { _, _, visit in
            try await account.signOutEverywhere(visit: visit)
        }
    }

    private func addSignOn<Context>(to pages: PageRouter<Context>) {
        pages.get("/login/sso/:provider") { request, context, visit in
            try await signOn.begin(
                with: context.parameters.get("provider") ?? "", next: request.uri.queryParameters.get("next"),
                visit: visit)
        }
        pages.get("/login/sso/:provider/callback") { request, context, visit in
            let query = request.uri.queryParameters
            let answer = SignOnAnswer(
                state: query.get("state"), code: query.get("code"), issuer: query.get("iss"), error: query.get("error"),
                errorDescription: query.get("error_description"))
            return try await signOn.finish(
                with: context.parameters.get("provider") ?? "", answer, visit: visit)
        }
    }

    private func addLinks<Context>(to pages: PageRouter<Context>) {
        pages.get("/account/invitation/:secret") { _, context, visit in
            try await links.invitation(context.parameters.get("secret"), visit: visit)
        }
        pages.post("/account/invitation/:secret", .stranger) { form, context, visit in
            try await links.accept(context.parameters.get("secret"), form, visit: visit)
        }
        pages.get("/account/reset/:secret") { _, context, visit in
            try await links.reset(context.parameters.get("secret"), visit: visit)
        }
        pages.post("/account/reset/:secret", .stranger) { form, context, visit in
            try await links.setPassword(context.parameters.get("secret"), form, visit: visit)
        }
        if let registration {
            pages.get("/account/register") { _, _, visit in registration.form(visit: visit) }
            pages.post("/account/register", .stranger) { form, _, visit in
                try await registration.request(form, visit: visit)
            }
        }
        guard let setup else { return }
        pages.get("/-/setup/:token") { _, context, visit in
            try await setup.form(token: context.parameters.get("token") ?? "", visit: visit)
        }
        pages.post("/-/setup/:token", .stranger) { form, context, visit in
            try await setup.makeAdministrator(token: context.parameters.get("token") ?? "", form, visit: visit)
        }
    }
}
