package import Hummingbird
import Mustache
package import Registry

/// The pages for people: the page at `/` and those of the setup link.
///
/// They work without JavaScript, load nothing from other sites, and escape all that they show.
package struct WebPages: Sendable {
    private let index: IndexPage
    private let setup: SetupPage?

    /// Makes the pages.
    ///
    /// - Parameters:
    ///   - indexes: The indexes of the configuration, in its order.
    ///   - permissions: Decides what a visitor sees.
    ///   - setup: The parts of the setup link, or nil if there is an administrator already.
    /// - Throws: The error in a template.
    package init(indexes: [IndexSettings], permissions: Permissions, setup: FirstAdministratorSetup?) throws {
        let templates = try MustacheLibrary(
            templates: [
                "layout": MustacheTemplate(string: Layout.template),
                "index": MustacheTemplate(string: IndexPage.template),
                "setup": MustacheTemplate(string: SetupPage.formTemplate),
                "setup-done": MustacheTemplate(string: SetupPage.doneTemplate),
                "setup-closed": MustacheTemplate(string: SetupPage.closedTemplate),
            ])
        index = IndexPage(indexes: indexes, permissions: permissions, templates: templates)
        self.setup = setup.map {
            SetupPage(setup: $0, index: indexes.first?.name ?? .main, templates: templates)
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
        router.get("/") { request, context in
            index.response(for: try await visit(request, context))
        }
        router.get("/login") { request, context in
            try index.login(for: try await visit(request, context))
        }
        router.get("/-/pages/style.css") { _, _ in
            Layout.resource(Layout.style, type: "text/css; charset=utf-8")
        }
        router.get("/-/pages/icon.svg") { _, _ in
            Layout.resource(Layout.icon, type: "image/svg+xml")
        }
        guard let setup else { return }
        router.get("/-/setup/:token") { request, context in
            try await setup.form(token: context.parameters.get("token") ?? "")
        }
        router.post("/-/setup/:token") { request, context in
            let token = context.parameters.get("token") ?? ""
            return try await setup.makeAdministrator(token: token, request, visit: try await visit(request, context))
        }
    }
}
