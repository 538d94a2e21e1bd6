import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The page at `/`: what there is, and how clients are pointed here.
struct HomePage: Sendable {
    /// How many releases are listed.
    private static let newest = 8

    let indexes: [IndexSettings]
    let permissions: Permissions
    let releases: NewestReleases
    let tokens: Tokens
    let templates: PageTemplates

    /// Returns the page, with the indexes that the visitor may read or publish to.
    ///
    /// - Parameters:
    ///   - chosen: The index of the examples; nil for the first.
    ///   - visit: What it answers.
    /// - Returns: The page.
    /// - Throws: What the database does.
    func response(chosen: String?, visit: PageVisit) async throws -> Response {
        try await response(chosen: chosen, token: nil, visit: visit)
    }

    /// Makes a token for the chosen index, and shows the page with it: once.
    func makeToken(_ form: SentForm, visit: PageVisit) async throws -> Response {
        guard let session = visit.session else { return SignInPages.required(for: .front, visit: visit) }
        guard let index = shown(to: visit).first(where: { $0.name.description == form["index"] }) else {
            throw RegistryError(.notFound, "There is no index of this name.")
        }
        let name = "home-\(index.name.description.prefix(20))-\(UInt32.random(in: 0 ... .max))"
        let issued = try await tokens.issue(
            TokenOrder(
                name: name, owner: .user(session.person.name),
                scope: TokenScope(rights: rights(in: index, visit), indexes: [index.name])),
            caller: session.caller)
        return try await response(chosen: form["index"], token: (name, issued.text.reveal()), visit: visit)
    }

    private func shown(to visit: PageVisit) -> [IndexSettings] {
        indexes.filter { permissions.maySee($0, visit.caller) || permissions.may(.write, nil, in: $0, visit.caller) }
    }

    /// What a token for clients may do: what its maker may.
    private func rights(in index: IndexSettings, _ visit: PageVisit) -> Set<Right> {
        let mayPublish = permissions.may(.write, nil, in: index, visit.caller)
        return mayPublish ? [.read, .write, .create] : [.read]
    }

    private func response(
        chosen: String?, token: (name: String, text: String)?, visit: PageVisit
    ) async throws -> Response {
        let shown = shown(to: visit)
        let address = ServerAddress(baseURL: visit.baseURL)
        let index = shown.first { $0.name.description == chosen } ?? shown.first
        // The name `main` is no secret: it is the same everywhere.
        let example = (index?.name ?? .main).description
        let hasUpstreams = index.map { $0.fallback != .none && !$0.upstreams.isEmpty } ?? false
        let isPublic = index.map { permissions.may(.read, nil, in: $0, .anonymous) } ?? true
        let model = Model(
            title: visit.text("home.title"), host: address.host,
            indexes: shown.map { card($0, isChosen: $0.name.description == example, visit: visit) },
            hasIndexes: !shown.isEmpty, hasHidden: shown.count < indexes.count, hasSeveral: shown.count > 1,
            isSignedOut: !visit.caller.isKnown, hasUpstreams: hasUpstreams, example: example,
            formToken: FormGuard.session.token(for: visit), token: token?.text, tokenName: token?.name,
            upload: "\(visit.baseURL)/\(example)/",
            install: ClientSnippet.install(
                from: example, hasUpstreams: hasUpstreams, isPublic: isPublic, at: address),
            publish: ClientSnippet.publish(to: example, at: address),
            releases: try await releases.releases(limit: Self.newest, caller: visit.caller).map {
                Release($0, visit: visit)
            })
        return templates.response(model, "home", to: visit, keeping: token == nil ? .unchanged : .nowhere)
    }

    private func card(_ index: IndexSettings, isChosen: Bool, visit: PageVisit) -> Index {
        var tags: [Tag] = []
        if permissions.may(.read, nil, in: index, .anonymous) {
            tags.append(Tag(kind: "good", text: visit.text("home.tag.public")))
        } else if index.access.read == [.authenticated] {
            tags.append(Tag(kind: "info", text: visit.text("home.tag.authenticated")))
        } else {
            tags.append(Tag(kind: "info", text: visit.text("home.tag.restricted")))
        }
        switch permissions.uploaders(to: index) {
        case .everyone: tags.append(Tag(kind: "bad", text: visit.text("home.tag.anyoneUploads")))
        case .nobody: tags.append(Tag(kind: "warn", text: visit.text("home.tag.nobodyUploads")))
        case .some: break
        }
        if index.allowsOverwrite { tags.append(Tag(kind: "warn", text: visit.text("home.tag.overwrite"))) }
        if visit.caller.isKnown, permissions.may(.write, nil, in: index, visit.caller) {
            tags.append(Tag(kind: "good", text: visit.text("home.tag.yours")))
        }
        let upstreams = index.upstreams.compactMap { upstream -> String? in
            switch upstream {
            case .remote(let id): return id
            case .index(let name):
                let isShown = indexes.first { $0.name == name }.map { permissions.maySee($0, visit.caller) } ?? false
                return isShown ? name.description : nil
            }
        }
        var purpose = index.purpose
        if purpose.isEmpty {
            purpose = visit.text("home.purpose")
            if index.fallback != .none, !upstreams.isEmpty {
                purpose = visit.text("home.purpose.upstreams", ["upstreams": upstreams.joined(separator: ", ")])
            }
        }
        return Index(
            name: index.name.description, purpose: purpose, tags: tags,
            address: "\(visit.baseURL)/\(index.name)/simple/", isChosen: isChosen)
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>Cellar</h1>
        <p class="lead">[[home.lead]]</p>

        {{#hasIndexes}}
        <h2 id="indexes">[[home.indexes]]</h2>
        <ul class="cards">
        {{#indexes}}
        <li class="card">
        <h3><a href="{{home}}search?index={{name}}">{{name}}</a></h3>
        <p>{{purpose}}</p>
        <p>{{#tags}}<span class="tag {{kind}}">{{text}}</span>{{/tags}}</p>
        <pre data-copy tabindex="0" aria-label="[[home.address]]"><code>{{address}}</code></pre>
        </li>
        {{/indexes}}
        </ul>
        {{/hasIndexes}}
        {{#hasHidden}}
        <p class="note">[[home.hidden]]</p>
        {{/hasHidden}}
        {{#isSignedOut}}
        <p>[[home.signIn]]</p>
        {{/isSignedOut}}

        <div class="split">
        <div>
        <h2 id="setup">[[home.setup]]</h2>
        {{#hasSeveral}}
        <nav class="tabs" aria-label="[[home.choose]]">
        {{#indexes}}
        <a href="./{{home}}?index={{name}}#setup"{{#isChosen}} aria-current="true"{{/isChosen}}>{{name}}</a>
        {{/indexes}}
        </nav>
        {{/hasSeveral}}
        <h3 id="install">[[home.install]]</h3>
        {{#hasUpstreams}}
        <p>[[home.upstreams]]</p>
        {{/hasUpstreams}}
        {{#install}}
        <h4>{{client}}</h4>
        {{#place}}<p class="note">[[home.place]]</p>{{/place}}
        <pre data-copy tabindex="0" aria-label="{{client}}"><code>{{text}}</code></pre>
        {{/install}}

        <h3 id="publish">[[home.publish]]</h3>
        <p><a href="{{home}}account/publish?index={{example}}">[[home.publish.browser]]</a></p>
        {{#publish}}
        <h4>{{client}}</h4>
        {{#place}}<p class="note">[[home.place]]</p>{{/place}}
        <pre data-copy tabindex="0" aria-label="{{client}}"><code>{{text}}</code></pre>
        {{/publish}}

        <h3 id="credentials">[[home.account]]</h3>
        {{#token}}
        <p class="done" role="status">[[home.token.made]]</p>
        <h4>pip, uv, PDM</h4>
        <p class="note">[[home.token.netrc]]</p>
        <pre data-copy tabindex="0" aria-label=".netrc"><code>machine {{host}}
        login __token__
        password {{token}}</code></pre>
        <h4>twine</h4>
        <p class="note">[[home.token.pypirc]]</p>
        <pre data-copy tabindex="0" aria-label=".pypirc"><code>[distutils]
        index-servers = cellar

        [cellar]
        repository = {{upload}}
        username = __token__
        password = {{token}}</code></pre>
        <h4>Poetry</h4>
        <pre data-copy tabindex="0" aria-label="Poetry"><code>poetry config http-basic.cellar __token__ {{token}}</code></pre>
        {{/token}}
        {{^token}}
        <p>[[home.netrc]]</p>
        <pre data-copy tabindex="0" aria-label=".netrc"><code>machine {{host}}
        login YOUR-NAME
        password YOUR-PASSWORD</code></pre>
        {{#formToken}}
        <form class="quiet" method="post" action="{{home}}account/home-token#credentials">
        <input type="hidden" name="form" value="{{formToken}}">
        <input type="hidden" name="index" value="{{example}}">
        <p>[[home.token.why]]</p>
        <button>[[home.token.make]]</button>
        </form>
        {{/formToken}}
        {{/token}}
        </div>
        <aside aria-labelledby="newest">
        <h2 id="newest">[[home.newest]]</h2>
        {{^releases}}<p class="note">[[home.newest.none]]</p>{{/releases}}
        <ul class="rows">
        {{#releases}}
        <li>
        <h3><a href="{{home}}{{path}}">{{name}} {{version}}</a></h3>
        {{#summary}}<p>{{.}}</p>{{/summary}}
        <p class="note"><time datetime="{{moment}}">{{date}}</time> · {{index}}</p>
        </li>
        {{/releases}}
        </ul>
        </aside>
        </div>
        {{/main}}{{/layout}}
        """

    struct Index {
        let name: String
        let purpose: String
        let tags: [Tag]
        let address: String
        let isChosen: Bool
    }

    struct Release {
        let name: String
        let version: String
        let path: String
        let summary: String?
        let moment: String
        let date: String
        let index: String

        init(_ release: NewRelease, visit: PageVisit) {
            name = Foreign.line(release.displayName)
            version = release.version
            path = ProjectAddress(release.project, version: Version(release.version), in: release.index).path
            summary = release.summary.map(Foreign.line)
            moment = release.publishedAt.iso8601
            date = visit.date(release.publishedAt)
            index = release.index.description
        }
    }

    struct Model {
        let title: String
        let host: String
        let indexes: [Index]
        let hasIndexes: Bool
        let hasHidden: Bool
        let hasSeveral: Bool
        let isSignedOut: Bool
        let hasUpstreams: Bool
        let example: String
        let formToken: String?
        let token: String?
        let tokenName: String?
        let upload: String
        let install: [ClientSnippet]
        let publish: [ClientSnippet]
        let releases: [Release]
    }
}
