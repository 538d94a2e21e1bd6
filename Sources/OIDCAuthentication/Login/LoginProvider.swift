import FoundationEssentials
package import Logging
import PackagingStandards
package import Registry

/// A provider with which people sign in: the code flow of OpenID Connect (Core 1.0 §3.1), always with PKCE (RFC 7636).
///
/// `shutdown` ends it.
package final class LoginProvider: Sendable {
    /// The most bytes of a code.
    private static let longestCode = 4096

    private let settings: LoginSettings
    private let client: IssuerClient
    private let discovery: DiscoveryMemory
    private let keys: IssuerKeys
    private let clock: WallClock
    private let logger: Logger

    /// Makes a provider; nothing is connected to yet.
    ///
    /// - Parameters:
    ///   - settings: Says which one it is.
    ///   - clock: The time.
    ///   - logger: Where failures of the provider are logged.
    /// - Throws: `InvalidIssuerSettings`. Reads the file of authorities, which blocks.
    package init(
        _ settings: LoginSettings, clock: WallClock = .system, logger: Logger
    ) throws(InvalidIssuerSettings) {
        let client = IssuerClient(try IssuerPlace(settings.issuer))
        self.settings = settings
        self.client = client
        discovery = DiscoveryMemory { () async throws(IssuerFailure) -> Discovery in try await client.discovery() }
        keys = IssuerKeys(of: settings.issuer.issuer, now: { ContinuousClock.now }, logger: logger) {
            () async throws(IssuerFailure) -> KeySet in
            try await client.keys()
        }
        self.clock = clock
        self.logger = logger
    }

    /// Ends all connections. Nobody can sign in afterwards.
    package func shutdown() async {
        await client.shutdown()
    }

    // MARK: Signing in

    /// Begins to sign somebody in.
    ///
    /// - Parameter address: Where the provider is to send the browser back to, as it is registered there.
    /// - Returns: The address to send the browser to, and what it takes along.
    /// - Throws: `.unavailable` while the provider does not answer.
    package func begin(returningTo address: String) async throws -> SignOnBeginning {
        let found = try await discovered()
        guard let place = found.authorization, let base = WebAddress(place), isAsSafe(base) else {
            throw failure(IssuerFailure("its authorization_endpoint is missing, or no https address"))
        }
        var generator = SystemRandomNumberGenerator()
        let attempt = SignOnAttempt(using: &generator)
        let parameters = [
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", address),
            ("scope", settings.scopes.joined(separator: " ")), ("state", attempt.state), ("nonce", attempt.nonce),
            ("code_challenge", attempt.challenge), ("code_challenge_method", "S256"),
        ]
        let query = parameters.map { "\($0.0)=\(FormText.encode($0.1))" }.joined(separator: "&")
        let text = base.description
        return SignOnBeginning(address: text + (text.contains("?") ? "&" : "?") + query, attempt: attempt)
    }

    /// Ends what `begin` has begun: exchanges the code for an identity token, and verifies that.
    ///
    /// - Parameters:
    ///   - answer: What the browser brings back.
    ///   - attempt: What the same browser has taken along.
    ///   - address: As for `begin`.
    /// - Returns: Who has signed in.
    /// - Throws: `.wrongCredentials` with the check that failed, `.forbidden` if the provider or the configuration refuses
    ///   the person, `.unavailable` while the provider does not answer as it should.
    package func finish(
        _ answer: SignOnAnswer, _ attempt: SignOnAttempt, returningTo address: String
    ) async throws -> ProvenPerson {
        let found = try await discovered()
        try check(answer, attempt, found)
        guard let code = answer.code, (1...Self.longestCode).contains(code.utf8.count) else {
            throw Refusal("the provider has sent no code").loginError
        }
        let tokens = try await exchange(code, attempt, address, found)
        let (identity, token) = try await verified(tokens.id_token)
        guard let nonce = token.text("nonce"), nonce.utf8.elementsEqual(attempt.nonce.utf8) else {
            throw Refusal("the identity token is not for this attempt (nonce)").loginError
        }
        return try ProvenPerson(try await completed(identity, tokens.access_token, found), settings)
    }

    /// Returns whom an identity token for this server is about, which somebody has obtained by other means; nil if it is
    /// another issuer's.
    ///
    /// Throws as `finish` does.
    package func person(of idToken: String) async throws -> TradedPerson? {
        let named = try? CompactToken(idToken).text("iss")
        guard let named, named.utf8.elementsEqual(settings.issuer.issuer.url.utf8) else { return nil }
        let identity = try await verified(idToken).identity
        return TradedPerson(
            person: try ProvenPerson(identity, settings), id: identity.id, deadAt: identity.deadAt)
    }

    private var clientID: String { settings.issuer.issuer.audience }

    private func check(_ answer: SignOnAnswer, _ attempt: SignOnAttempt, _ found: Discovery) throws {
        guard let state = answer.state, state.utf8.elementsEqual(attempt.state.utf8) else {
            throw Refusal("it was begun in another browser or window").loginError
        }
        let isNamed = answer.issuer.map { $0.utf8.elementsEqual(found.issuer.utf8) } ?? (found.namesItself != true)
        guard isNamed else { throw Refusal("another provider has answered (iss)").loginError }
        if let error = answer.error {
            let words = [error, answer.errorDescription].compactMap(\.self).map { ShownText.quoted($0) }
            throw RegistryError(.forbidden, "The provider refuses: \(words.joined(separator: ", ")).")
        }
    }

    // MARK: Tokens

    private struct Tokens: Decodable {
        let id_token: String
        let access_token: String?
    }

    private struct TokenError: Decodable {
        let error: String
    }

    private func exchange(
        _ code: String, _ attempt: SignOnAttempt, _ address: String, _ found: Discovery
    ) async throws -> Tokens {
        guard let place = found.token else { throw failure(IssuerFailure("it names no token_endpoint")) }
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", address),
            ("code_verifier", attempt.verifier),
        ]
        var authorization: String?
        switch (settings.secret, found.clientAuthentication) {
        case (nil, _): fields.append(("client_id", clientID))
        case (let secret?, let known?)
        where known.contains("client_secret_post") && !known.contains("client_secret_basic"):
            fields += [("client_id", clientID), ("client_secret", secret)]
        case (let secret?, _):
            // RFC 6749 §2.3.1: both are encoded as in a form first.
            let pair = "\(FormText.encode(clientID)):\(FormText.encode(secret))"
            authorization = "Basic " + Data(pair.utf8).base64EncodedString()
        }
        let (status, body) = try await asking { () async throws(IssuerFailure) in
            try await client.send(fields, to: place, "token_endpoint", authorization: authorization)
        }
        guard status == 200 else {
            let error = (try? JSONDecoder().decode(TokenError.self, from: Data(body)))?.error
            // The code is old, was used before, or is not this attempt's: nobody's fault but the browser's.
            if error == "invalid_grant" { throw Refusal("the provider does not accept the code any more").loginError }
            throw failure(
                IssuerFailure(
                    "its token_endpoint answered with the status \(status)"
                        + (error.map { " and \(ShownText.quoted($0))" } ?? "")))
        }
        guard let tokens = try? JSONDecoder().decode(Tokens.self, from: Data(body)) else {
            throw failure(IssuerFailure("its token_endpoint gives no id_token"))
        }
        return tokens
    }

    private func verified(_ text: String) async throws -> (identity: ProvenIdentity, token: CompactToken) {
        do {
            let token = try CompactToken(text)
            guard let issuer = token.text("iss"), issuer.utf8.elementsEqual(settings.issuer.issuer.url.utf8) else {
                throw Refusal("the issuer is another one")
            }
            guard try await keys.key(named: token.keyID).signed(token) else {
                throw Refusal("its signature is not that of the issuer's key, by the algorithm of that key")
            }
            let identity = try ClaimCheck(issuer: settings.issuer.issuer, now: clock.now()).identity(of: token)
            // OpenID Connect Core 1.0 §3.1.3.7, 4 and 5.
            if case .texts(let audiences) = token.claims["aud"], audiences.count > 1 || token.claims["azp"] != nil {
                guard token.text("azp").map({ $0.utf8.elementsEqual(clientID.utf8) }) ?? false else {
                    throw Refusal("it was made for another party (azp)")
                }
            }
            return (identity, token)
        } catch let refusal as Refusal {
            throw refusal.error
        }
    }

    /// Returns all claims: those of the identity token, and if names of users or groups are not among them, those that the
    /// provider gives for the access token (OpenID Connect Core 1.0 §5.3).
    private func completed(
        _ identity: ProvenIdentity, _ accessToken: String?, _ found: Discovery
    ) async throws -> ProvenIdentity {
        let wanted = [settings.nameClaim, settings.groupsClaim].compactMap(\.self) + settings.required.map(\.name)
        guard wanted.contains(where: { identity.claims[$0] == nil }), let place = found.userInfo, let accessToken,
            accessToken.utf8.allSatisfy(ASCII.isVisible), accessToken.utf8.count <= 16 << 10
        else { return identity }
        let body = try await asking { () async throws(IssuerFailure) in
            try await client.read(place, "userinfo_endpoint", accessToken: accessToken)
        }
        guard let members = JSONMember.object(body) else {
            throw failure(IssuerFailure("its userinfo_endpoint gives no JSON object"))
        }
        // §5.3.2: it may be about somebody else, if it is not this one.
        guard case .text(let subject) = members["sub"], let own = identity.text("sub"),
            subject.utf8.elementsEqual(own.utf8)
        else { throw Refusal("the provider speaks of somebody else at its userinfo_endpoint").loginError }
        let more = members.compactMapValues(\.claim)
        return ProvenIdentity(
            issuer: identity.issuer, claims: identity.claims.merging(more) { first, _ in first }, id: identity.id,
            deadAt: identity.deadAt)
    }

    // MARK: Failures

    private func discovered() async throws -> Discovery {
        try await asking { () async throws(IssuerFailure) in try await discovery.document() }
    }

    private func asking<Value>(_ work: () async throws(IssuerFailure) -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ failure: IssuerFailure) -> RegistryError {
        logger.warning(
            "people cannot sign in",
            metadata: ["provider": "\(settings.issuer.issuer.name)", "error": "\(failure.reason)"])
        return RegistryError(
            .unavailable, "The provider \(settings.issuer.issuer.name) does not answer as it should at the moment.",
            retryAfter: DiscoveryMemory.pause.components.seconds)
    }

    private func isAsSafe(_ address: WebAddress) -> Bool {
        address.origin.scheme == .https || WebAddress(settings.issuer.issuer.url)?.origin.scheme == .http
    }
}

extension Refusal {
    /// The error of signing in.
    var loginError: RegistryError {
        RegistryError(.wrongCredentials, "Nobody was signed in: \(reason). Try again.")
    }
}
