import Hummingbird
import Mustache
import Registry

extension WebPages {
    /// The page at `/`, with the indexes that the visitor may read or publish to.
    func index(for visit: Visit) -> Response {
        let shown = indexes.filter { settings in
            [Right.read, .write].contains { AccessDecision.allows($0, to: visit.caller, in: settings) }
        }
        let address = ServerAddress(baseURL: visit.baseURL)
        // `main` is no secret: its name is the same everywhere.
        let example = (shown.first?.name ?? .main).description
        let hasUpstreams = shown.first.map { $0.fallback != .none && !$0.upstreams.isEmpty } ?? false
        let model = IndexPage.Model(
            baseURL: visit.baseURL, host: address.host,
            indexes: shown.map { IndexPage.Index(name: $0.name.description) },
            hasIndexes: !shown.isEmpty, hasHidden: shown.count < indexes.count, hasSeveral: shown.count > 1,
            hasUpstreams: hasUpstreams, example: example,
            install: ClientSnippet.install(from: example, hasUpstreams: hasUpstreams, at: address),
            publish: ClientSnippet.publish(to: example, at: address))
        return Layout.response(
            templates.render(model, withTemplate: "index") ?? "", cacheControl: "private, no-cache")
    }
}
