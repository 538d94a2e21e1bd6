import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The page of a search.
struct SearchPage: Sendable {
    private static let pageSize = 20
    /// The most characters of a text that is searched for.
    private static let longest = 200

    let indexes: [IndexSettings]
    let permissions: Permissions
    let search: Search
    let templates: PageTemplates

    /// Returns the page that the parameters of its address ask for: `q`, `index`, `kind`, `classifier`, `page`.
    func response(_ request: Request, visit: PageVisit) async throws -> Response {
        let query = request.uri.queryParameters
        let text = String((query.get("q") ?? "").replacing("+", with: " ").prefix(Self.longest))
        let index = query.get("index").flatMap(IndexName.init)
        let kind = query.get("kind").flatMap(ProjectKind.init(rawValue:))
        let classifiers = query.getAll("classifier").filter { !$0.isEmpty }
        let page = max(1, min(query.get("page").flatMap(Int.init) ?? 1, ProjectQuery.mostFound / Self.pageSize))
        let found = try await search.projects(
            text, in: index, classifiers: classifiers, kind: kind, offset: (page - 1) * Self.pageSize,
            limit: Self.pageSize, caller: visit.caller)
        let kept = (visit.place ?? .front).without(["page", "language", "theme"]).query.joined(separator: "&")
        let pages = (found.count + Self.pageSize - 1) / Self.pageSize
        let shown = indexes.filter { permissions.maySee($0, visit.caller) }
        let model = Model(
            title: text.isEmpty
                ? visit.text("search.title") : visit.text("search.title.text", ["text": Foreign.line(text)]),
            text: text,
            count: Self.count(found, visit), results: found.projects.map { Result($0, visit: visit) },
            reservations: found.reservations.map {
                visit.text(
                    "search.reserved", ["pattern": $0.pattern.description, "index": $0.index.description])
            },
            indexes: [Choice(value: "", label: visit.text("search.any"), isChosen: index == nil)]
                + shown.map {
                    Choice(value: $0.name.description, label: $0.name.description, isChosen: $0.name == index)
                },
            kinds: [Choice(value: "", label: visit.text("search.any"), isChosen: kind == nil)]
                + ProjectKind.allCases.map {
                    Choice(value: $0.rawValue, label: Self.tag(of: $0, visit).text, isChosen: $0 == kind)
                },
            classifiers: classifiers,
            previous: page > 1 ? "?\(kept)&page=\(page - 1)" : nil,
            next: page < pages ? "?\(kept)&page=\(page + 1)" : nil,
            place: pages > 1 ? visit.text("search.page", ["page": "\(page)", "pages": "\(pages)"]) : nil)
        return templates.response(model, "search", to: visit, keeping: .unchanged)
    }

    private static func count(_ found: SearchResults, _ visit: PageVisit) -> String {
        if found.count == 0 { return visit.text("search.none") }
        if found.count == 1 { return visit.text("search.one") }
        let number = visit.number(Int64(found.count))
        return found.isCut
            ? visit.text("search.many", ["count": number]) : visit.text("search.count", ["count": number])
    }

    /// Returns what a project is, at a glance.
    private static func tag(of kind: ProjectKind, _ visit: PageVisit) -> Tag {
        switch kind {
        case .published: Tag(kind: "good", text: visit.text("project.kind.published"))
        case .cached: Tag(kind: "info", text: visit.text("search.kind.cached"))
        case .reserved: Tag(kind: "warn", text: visit.text("project.kind.reserved"))
        }
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <form class="filters" method="get" role="search" aria-label="[[search.filter]]" action="{{home}}search">
        <input type="hidden" name="q" value="{{text}}">
        {{#classifiers}}<input type="hidden" name="classifier" value="{{.}}">{{/classifiers}}
        <div><label for="index">[[search.index]]</label>
        <select id="index" name="index">
        {{#indexes}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{label}}</option>{{/indexes}}
        </select></div>
        <div><label for="kind">[[search.kind]]</label>
        <select id="kind" name="kind">
        {{#kinds}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{label}}</option>{{/kinds}}
        </select></div>
        <button>[[files.filter.apply]]</button>
        </form>
        <div id="results" aria-live="polite">
        <p class="note">{{count}}</p>
        {{#reservations}}<p class="notice">{{.}}</p>{{/reservations}}
        {{#classifiers}}<p><span class="tag info">{{.}}</span></p>{{/classifiers}}
        <ul class="rows">
        {{#results}}
        <li>
        <h2><a href="{{home}}{{path}}">{{name}}</a>{{#version}} <span class="version">{{.}}</span>{{/version}}</h2>
        <p>{{#tags}}<span class="tag {{kind}}">{{text}}</span>{{/tags}}</p>
        {{#summary}}<p>{{.}}</p>{{/summary}}
        <p class="note"><time datetime="{{moment}}">{{date}}</time> · {{index}}</p>
        </li>
        {{/results}}
        </ul>
        {{#place}}
        <nav class="bar" aria-label="[[search.pages]]">
        {{#previous}}<a rel="prev" href="{{.}}">[[search.previous]]</a>{{/previous}}
        <span>{{place}}</span>
        {{#next}}<a rel="next" href="{{.}}">[[search.next]]</a>{{/next}}
        </nav>
        {{/place}}
        </div>
        {{/main}}{{/layout}}
        """

    struct Choice {
        let value: String
        let label: String
        let isChosen: Bool
    }

    struct Result {
        let name: String
        let version: String?
        let path: String
        let summary: String?
        let tags: [Tag]
        let moment: String
        let date: String
        let index: String

        init(_ found: FoundProject, visit: PageVisit) {
            name = Foreign.line(found.summary.displayName)
            version = found.summary.latestVersion
            path = ProjectAddress(found.summary.name, in: found.index).path
            summary = found.summary.summary.map(Foreign.line)
            var tags = [SearchPage.tag(of: found.kind, visit)]
            if let status = visit.name(of: found.summary.status) {
                tags.append(Tag(kind: found.summary.status == .quarantined ? "bad" : "warn", text: status))
            }
            self.tags = tags
            moment = found.summary.changedAt.iso8601
            date = visit.date(found.summary.changedAt)
            index = found.index.description
        }
    }

    struct Model {
        let title: String
        let text: String
        let count: String
        let results: [Result]
        let reservations: [String]
        let indexes: [Choice]
        let kinds: [Choice]
        let classifiers: [String]
        let previous: String?
        let next: String?
        let place: String?
    }
}
