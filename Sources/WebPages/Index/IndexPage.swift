import Hummingbird
import Registry

/// The page at `/`.
struct IndexPage: Sendable {
    let indexes: [IndexSettings]
    let permissions: Permissions
    let templates: PageTemplates

    /// Returns the page at `/`, with the indexes that the visitor may read or publish to.
    func response(for visit: PageVisit) -> Response {
        let shown = indexes.filter { settings in
            permissions.maySee(settings, visit.caller) || permissions.may(.write, nil, in: settings, visit.caller)
        }
        let address = ServerAddress(baseURL: visit.baseURL)
        // The name `main` is no secret: it is the same everywhere.
        let example = (shown.first?.name ?? .main).description
        let hasUpstreams = shown.first.map { $0.fallback != .none && !$0.upstreams.isEmpty } ?? false
        let model = Model(
            title: visit.text("home.title"), baseURL: visit.baseURL, host: address.host,
            indexes: shown.map { Index(name: $0.name.description) },
            hasIndexes: !shown.isEmpty, hasHidden: shown.count < indexes.count, hasSeveral: shown.count > 1,
            isSignedOut: !visit.caller.isKnown,
            hasUpstreams: hasUpstreams, example: example,
            install: ClientSnippet.install(from: example, hasUpstreams: hasUpstreams, at: address),
            publish: ClientSnippet.publish(to: example, at: address))
        return templates.response(model, "index", to: visit, keeping: .unchanged)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>Cellar</h1>
        <p class="lead">[[home.lead]]</p>

        {{#hasIndexes}}
        <h2 id="indexes">[[home.indexes]]</h2>
        <ul>
        {{#indexes}}
        <li><a href="{{name}}/simple/">{{name}}</a> <code>{{baseURL}}/{{name}}/simple/</code></li>
        {{/indexes}}
        </ul>
        {{/hasIndexes}}
        {{#hasHidden}}
        <p class="note">[[home.hidden]]</p>
        {{/hasHidden}}
        {{#isSignedOut}}
        <p>[[home.signIn]]</p>
        {{/isSignedOut}}
        {{#hasSeveral}}
        <p class="note">[[home.several]]</p>
        {{/hasSeveral}}

        <h2 id="install">[[home.install]]</h2>
        {{#hasUpstreams}}
        <p>[[home.upstreams]]</p>
        {{/hasUpstreams}}
        {{#install}}
        <h3>{{client}}</h3>
        {{#place}}<p class="note">[[home.place]]</p>{{/place}}
        <pre data-copy tabindex="0" aria-label="{{client}}"><code>{{text}}</code></pre>
        {{/install}}

        <h2 id="publish">[[home.publish]]</h2>
        {{#publish}}
        <h3>{{client}}</h3>
        {{#place}}<p class="note">[[home.place]]</p>{{/place}}
        <pre data-copy tabindex="0" aria-label="{{client}}"><code>{{text}}</code></pre>
        {{/publish}}

        <h2 id="account">[[home.account]]</h2>
        <p>[[home.netrc]]</p>
        <pre data-copy tabindex="0" aria-label=".netrc"><code>machine {{host}}
        login YOUR-NAME
        password YOUR-PASSWORD</code></pre>
        {{/main}}{{/layout}}
        """

    struct Index {
        let name: String
    }

    struct Model {
        let title: String
        let baseURL: String
        let host: String
        let indexes: [Index]
        let hasIndexes: Bool
        let hasHidden: Bool
        let hasSeveral: Bool
        let isSignedOut: Bool
        let hasUpstreams: Bool
        let example: String
        let install: [ClientSnippet]
        let publish: [ClientSnippet]
    }
}
