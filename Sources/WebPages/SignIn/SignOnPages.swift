import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// Leads people to a provider of single sign-on, and signs in who comes back from there.
struct SignOnPages: Sendable {
    /// How long a browser keeps what it takes along, in seconds.
    private static let patience: Int64 = 600

    let signOn: SingleSignOn
    let signIn: SignInPages

    /// Leads to a provider.
    func begin(with name: String, next: String?, visit: PageVisit) async throws -> Response {
        let next = next.flatMap(LocalPath.init) ?? .front
        do {
            let beginning = try await signOn.begin(with: name, returningTo: Self.returnAddress(name, visit))
            let taken = SignOnCookie(provider: name, attempt: beginning.attempt, next: next)
            var response = Response(
                status: .seeOther, headers: [.location: beginning.address, .cacheControl: "no-store"])
            response.headers.append(.cookie(visit.actions.cookieField(.signOn, taken.text, Self.patience)))
            return response
        } catch let error as RegistryError where error.code == .unavailable {
            return signIn.form(after: error, next: next, visit: visit)
        }
    }

    /// Signs in who comes back from a provider, or says why not. Whatever comes of it, what the browser has taken along is
    /// good no more.
    func finish(with name: String, _ query: SignOnAnswer, visit: PageVisit) async throws -> Response {
        let taken = visit.signOnCookie.flatMap(SignOnCookie.init)
        var response: Response
        do {
            guard let taken, taken.provider == name else {
                try signOn.provider(name)
                throw RegistryError(
                    .wrongCredentials,
                    "Nobody was signed in: this was begun in another browser, or too long ago. Try again.")
            }
            let person = try await signOn.finish(
                with: name, query, taken.attempt, returningTo: Self.returnAddress(name, visit))
            response = try await signIn.open(for: person, to: taken.next, visit: visit)
        } catch let error as RegistryError where error.code != .notFound && error.code != .internal {
            response = signIn.form(after: error, next: taken?.next ?? .front, visit: visit)
        }
        response.headers.append(.cookie(visit.actions.cookieField(.signOn, "", 0)))
        return response
    }

    private static func returnAddress(_ name: String, _ visit: PageVisit) -> String {
        "\(visit.baseURL)/login/sso/\(name)/callback"
    }
}

/// What a browser takes along while its user is at a provider, in a cookie that pages cannot read.
struct SignOnCookie: Equatable {
    let provider: String
    let attempt: SignOnAttempt
    /// Where the visitor wants to go then.
    let next: LocalPath

    init(provider: String, attempt: SignOnAttempt, next: LocalPath) {
        self.provider = provider
        self.attempt = attempt
        self.next = next
    }

    /// The parts with dots between them; none has one, since the path is encoded.
    var text: String {
        [provider, attempt.state, attempt.nonce, attempt.verifier, Base64.encodeForURLs(Array(next.text.utf8))]
            .joined(separator: ".")
    }

    /// Reads a cookie; nil for what is none of these.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let path = Base64.decodeLeniently(Array(parts[4].utf8)[...]),
            let next = LocalPath(String(decoding: path, as: UTF8.self))
        else { return nil }
        self.init(
            provider: parts[0], attempt: SignOnAttempt(state: parts[1], nonce: parts[2], verifier: parts[3]), next: next
        )
    }
}
