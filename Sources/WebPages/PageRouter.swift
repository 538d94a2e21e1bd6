import Hummingbird
import Registry

/// Adds pages and forms to a router.
struct PageRouter<Context: RequestContext> {
    let router: Router<Context>
    let visit: @Sendable (Request, Context) async throws -> PageVisit

    func get(
        _ path: RouterPath, _ answer: @escaping @Sendable (Request, Context, PageVisit) async throws -> Response
    ) {
        router.get(path) { [visit] request, context in
            let visit = try await visit(request, context)
            if let response = Choices.answer(request, visit: visit) { return response }
            return try await answer(request, context, visit)
        }
    }

    /// Adds a form, which is read and checked before the answer is asked for.
    ///
    /// - Parameters:
    ///   - path: Where it is sent to.
    ///   - owner: Whom it is for.
    ///   - old: Answers a form whose token is not that of the visitor; nil to refuse it.
    ///   - answer: Answers any other.
    func post(
        _ path: RouterPath, _ owner: FormGuard, old: (@Sendable (SentForm, PageVisit) throws -> Response)? = nil,
        _ answer: @escaping @Sendable (SentForm, Context, PageVisit) async throws -> Response
    ) {
        router.post(path) { [visit] request, context in
            let visit = try await visit(request, context)
            let form = try await SentForm(request, visit: visit)
            guard owner.accepts(form.token, from: visit) else {
                guard let old else { throw SentForm.old }
                return try old(form, visit)
            }
            return try await answer(form, context, visit)
        }
    }
}
