import HTTPTypes
import Hummingbird
import Mustache
import NIOCore
import Registry

extension WebPages {
    /// The form of the setup link.
    func setupForm(_ setup: FirstAdministratorSetup, token: String) async throws -> Response {
        if let closed = try await closedPage(setup, token: token) { return closed }
        return form(name: "admin", problems: nil)
    }

    /// Makes the administrator that a form describes, or shows the form again with what is wrong.
    func makeAdministrator(
        _ setup: FirstAdministratorSetup, token: String, _ request: Request, visit: Visit
    ) async throws -> Response {
        guard SameOrigin.allows(request, baseURL: visit.baseURL) else {
            throw RegistryError(.forbidden, "The form was sent from another site's page: open the setup link itself.")
        }
        if let closed = try await closedPage(setup, token: token) { return closed }
        let sent = try await sentForm(request)
        let problems = SetupProblems(sent, passwordProblem: setup.passwordProblem)
        guard problems.isEmpty, let name = sent.name, let password = sent.password else {
            return form(name: sent.name ?? "", problems: problems)
        }
        guard try await setup.create(name, password) else { return used }
        let index = indexes.first?.name ?? .main
        let model = SetupPage.Done(name: name, uploadURL: "\(visit.baseURL)/\(index)/", userCommand: setup.userCommand)
        return page(model, "setup-done")
    }

    private func sentForm(_ request: Request) async throws -> SetupForm {
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") == true else {
            throw RegistryError(.invalidRequest, "This page takes its own form only.")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: 16 << 10)
        } catch is NIOTooManyBytesError {
            throw RegistryError(.tooLarge, "The form is too long.")
        }
        do {
            return try URLEncodedFormDecoder().decode(SetupForm.self, from: String(buffer: body))
        } catch {
            throw RegistryError(.invalidRequest, "The form cannot be read: send it from the setup page.", cause: error)
        }
    }

    /// The page for a link that is worth nothing; nil for the right one.
    private func closedPage(_ setup: FirstAdministratorSetup, token: String) async throws -> Response? {
        switch try await setup.state(token) {
        case .open: nil
        case .used: used
        case .unknown:
            page(
                SetupPage.Closed(
                    title: "This is not the setup link",
                    reason: "Use the link that the server printed when it last started: each start makes a new one."),
                "setup-closed", status: .notFound)
        }
    }

    private var used: Response {
        page(
            SetupPage.Closed(
                title: "Cellar is set up already",
                reason: "There is an administrator, so this link does nothing any more."),
            "setup-closed", status: .gone)
    }

    private func form(name: String, problems: SetupProblems?) -> Response {
        let model = SetupPage.Form(
            failed: problems != nil, name: name, nameProblem: problems?.name, passwordProblem: problems?.password,
            repeatedProblem: problems?.repeated)
        return page(model, "setup", status: problems == nil ? .ok : .unprocessableContent)
    }

    private func page(_ model: Any, _ template: String, status: HTTPResponse.Status = .ok) -> Response {
        Layout.response(
            templates.render(model, withTemplate: template) ?? "", status: status, cacheControl: "no-store")
    }
}
