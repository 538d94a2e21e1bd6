import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The page on which files are published.
struct PublishPage: Sendable {
    private static let path = LocalPath.publish

    let indexes: [IndexSettings]
    let permissions: Permissions
    let templates: PageTemplates

    /// Returns the form, for who is signed in.
    func form(index: String?, visit: PageVisit) -> Response {
        guard visit.session != nil else { return SignInPages.required(for: visit.place ?? Self.path, visit: visit) }
        return page(index: index, files: [], problem: nil, status: .ok, visit: visit)
    }

    /// Publishes the files of a form, and shows what became of each.
    func publish(visit: PageVisit) async throws -> Response {
        guard !visit.isFromAnotherSite else {
            throw RegistryError(.forbidden, "The form was sent from another site's page: open the page itself.")
        }
        guard let session = visit.session else { return SignInPages.required(for: Self.path, visit: visit) }
        let files = try await visit.actions.publish(session.caller) { fields in
            guard FormGuard.session.accepts(fields[SentForm.tokenField], from: visit) else { throw SentForm.old }
            guard let index = IndexName(fields["index"] ?? "") else {
                throw RegistryError(.invalidRequest, "The form names no index.")
            }
            return index
        }
        let failed = files.contains { file in
            if case .refused = file.outcome { true } else { false }
        }
        let problem = files.isEmpty ? visit.text("publish.none") : nil
        return page(
            index: visit.place?.query.first { $0.hasPrefix("index=") }.map { String($0.dropFirst(6)) }, files: files,
            problem: problem, status: failed || problem != nil ? .unprocessableContent : .ok, visit: visit)
    }

    private func page(
        index: String?, files: [PublishedFile], problem: String?, status: HTTPResponse.Status, visit: PageVisit
    ) -> Response {
        let own = indexes.filter { permissions.mayAnywhere(.write, in: $0, visit.caller) }
        let model = Model(
            title: visit.text("publish.title"), formToken: FormGuard.session.token(for: visit) ?? "",
            indexes: own.map { Choice(name: $0.name.description, isChosen: $0.name.description == index) },
            hasIndexes: !own.isEmpty, problem: problem, hasOutcomes: !files.isEmpty,
            outcomes: files.map { Self.outcome(of: $0, visit) })
        return templates.response(model, "publish", to: visit, status: status)
    }

    private static func outcome(of file: PublishedFile, _ visit: PageVisit) -> Outcome {
        let name = Foreign.line(file.name)
        switch file.outcome {
        case .published: return Outcome(name: name, kind: "good", text: visit.text("publish.done"), error: nil)
        case .alreadyPublished:
            return Outcome(name: name, kind: "info", text: visit.text("publish.already"), error: nil)
        case .refused(let error):
            return Outcome(
                name: name, kind: "bad", text: visit.text("publish.refused"), error: visit.text(of: error))
        }
    }

    static let template = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">[[publish.lead]]</p>
        {{#problem}}<p class="error" role="alert">{{.}}</p>{{/problem}}
        {{^hasIndexes}}<p class="warning">[[publish.nowhere]]</p>{{/hasIndexes}}
        {{#hasIndexes}}
        <form class="publish" method="post" action="{{home}}account/publish" enctype="multipart/form-data" \
        data-waiting="[[publish.waiting]]" data-failed="[[publish.failed]]">
        <input type="hidden" name="form" value="{{formToken}}">
        <label for="index">[[search.index]]</label>
        <select id="index" name="index">
        {{#indexes}}<option{{#isChosen}} selected{{/isChosen}}>{{name}}</option>{{/indexes}}
        </select>
        <label for="content">[[publish.files]]</label>
        <div class="drop"><input id="content" name="content" type="file" multiple required accept=".whl,.gz,.zip" \
        aria-describedby="content-hint"></div>
        <p class="hint" id="content-hint">[[publish.hint]]</p>
        <button>[[publish.button]]</button>
        </form>
        {{/hasIndexes}}
        <div aria-live="polite">
        <ul class="rows" id="outcomes">
        {{#outcomes}}
        <li><strong>{{name}}</strong> <span class="tag {{kind}}">{{text}}</span>
        {{#error}}<p class="error" role="alert">{{.}}</p>{{/error}}</li>
        {{/outcomes}}
        </ul>
        </div>
        {{/main}}{{/layout}}
        """

    struct Choice {
        let name: String
        let isChosen: Bool
    }

    struct Outcome {
        let name: String
        let kind: String
        let text: String
        let error: String?
    }

    struct Model {
        let title: String
        let formToken: String
        let indexes: [Choice]
        let hasIndexes: Bool
        let problem: String?
        let hasOutcomes: Bool
        let outcomes: [Outcome]
    }
}
