import HTTPTypes
import Hummingbird
import Mustache
import Registry

extension WebPages {
    /// The way back to `/` for somebody who is known; browsers ask everybody else for a name and a password.
    ///
    /// The address lies beside `/`, since browsers send what they were told once to addresses that lie beside or below it
    /// (RFC 7617 §2.2).
    func login(for visit: Visit) throws -> Response {
        guard visit.caller.isKnown else {
            throw RegistryError(.authenticationRequired, "Sign in with your user name and password.")
        }
        var headers = HTTPFields()
        headers[.location] = "./"
        headers[.cacheControl] = "no-store"
        return Response(status: .seeOther, headers: headers)
    }

    /// The page at `/`, with the indexes that the visitor may read or publish to.
    func index(for visit: Visit) -> Response {
        let shown = indexes.filter { settings in
            [Right.read, .write].contains { permissions.may($0, nil, in: settings, visit.caller) }
        }
        let address = ServerAddress(baseURL: visit.baseURL)
        // `main` is no secret: its name is the same everywhere.
        let example = (shown.first?.name ?? .main).description
        let hasUpstreams = shown.first.map { $0.fallback != .none && !$0.upstreams.isEmpty } ?? false
        let model = IndexPage.Model(
            baseURL: visit.baseURL, host: address.host,
            indexes: shown.map { IndexPage.Index(name: $0.name.description) },
            hasIndexes: !shown.isEmpty, hasHidden: shown.count < indexes.count, hasSeveral: shown.count > 1,
            isSignedOut: !visit.caller.isKnown, user: visit.caller.isKnown ? visit.caller.name : nil,
            hasUpstreams: hasUpstreams, example: example,
            install: ClientSnippet.install(from: example, hasUpstreams: hasUpstreams, at: address),
            publish: ClientSnippet.publish(to: example, at: address))
        return Layout.response(
            templates.render(model, withTemplate: "index") ?? "", cacheControl: "private, no-cache")
    }
}
