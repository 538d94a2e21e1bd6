import Hummingbird
import Mustache
import Registry

/// The page at `/`.
struct IndexPage: Sendable {
    let indexes: [IndexSettings]
    let permissions: Permissions
    let templates: MustacheLibrary

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
            baseURL: visit.baseURL, host: address.host,
            indexes: shown.map { Index(name: $0.name.description) },
            hasIndexes: !shown.isEmpty, hasHidden: shown.count < indexes.count, hasSeveral: shown.count > 1,
            isSignedOut: !visit.caller.isKnown, user: visit.caller.isKnown ? visit.caller.name : nil,
            hasSession: visit.session != nil, formToken: FormGuard.session.token(for: visit),
            hasUpstreams: hasUpstreams, example: example,
            install: ClientSnippet.install(from: example, hasUpstreams: hasUpstreams, at: address),
            publish: ClientSnippet.publish(to: example, at: address))
        return Layout.response(
            templates.render(model, withTemplate: "index") ?? "", to: visit, keeping: .unchanged)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>Cellar</h1>
        <p class="lead">A private index of Python packages. Point your installer here, and publish your own projects here.</p>

        {{#hasIndexes}}
        <h2 id="indexes">Indexes</h2>
        <ul>
        {{#indexes}}
        <li><a href="{{name}}/simple/">{{name}}</a> <code>{{baseURL}}/{{name}}/simple/</code></li>
        {{/indexes}}
        </ul>
        {{/hasIndexes}}
        {{#hasHidden}}
        <p class="note">Some indexes are not shown to everybody. Use the name and the account that your administrator \
        gave you.</p>
        {{/hasHidden}}
        {{#isSignedOut}}
        <p><a href="login">Sign in</a> to see those that are yours.</p>
        {{/isSignedOut}}
        {{#hasSession}}
        <form class="quiet" method="post" action="logout">
        <input type="hidden" name="form" value="{{formToken}}">
        <div class="bar"><p>Signed in as <a href="account">{{user}}</a>.</p><button>Sign out</button></div>
        </form>
        {{/hasSession}}
        {{^hasSession}}{{#user}}
        <p class="note">Signed in as {{.}}.</p>
        {{/user}}{{/hasSession}}
        {{#hasSeveral}}
        <p class="note">The examples below use <code>{{example}}</code>; put another index's name in its place.</p>
        {{/hasSeveral}}

        <h2 id="install">Install</h2>
        {{#hasUpstreams}}
        <p>This index has what its upstreams have, too: make it the only index of each client.</p>
        {{/hasUpstreams}}
        {{#install}}
        <h3>{{client}}</h3>
        {{#place}}<p class="note">In <code>{{.}}</code>:</p>{{/place}}
        <pre tabindex="0" aria-label="{{client}}"><code>{{text}}</code></pre>
        {{/install}}

        <h2 id="publish">Publish</h2>
        {{#publish}}
        <h3>{{client}}</h3>
        {{#place}}<p class="note">In <code>{{.}}</code>:</p>{{/place}}
        <pre tabindex="0" aria-label="{{client}}"><code>{{text}}</code></pre>
        {{/publish}}

        <h2 id="account">Your account</h2>
        <p>Clients ask for your user name and password, or take them from <code>~/.netrc</code>:</p>
        <pre tabindex="0" aria-label=".netrc"><code>machine {{host}}
        login YOUR-NAME
        password YOUR-PASSWORD</code></pre>
        {{/main}}{{/layout}}
        """

    struct Index {
        let name: String
    }

    struct Model {
        let title = "Cellar, a private Python package index"
        let home = ""
        let baseURL: String
        let host: String
        let indexes: [Index]
        let hasIndexes: Bool
        let hasHidden: Bool
        let hasSeveral: Bool
        let isSignedOut: Bool
        let user: String?
        let hasSession: Bool
        let formToken: String?
        let hasUpstreams: Bool
        let example: String
        let install: [ClientSnippet]
        let publish: [ClientSnippet]
    }
}
