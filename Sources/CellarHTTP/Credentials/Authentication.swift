import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PackagingStandards
package import Registry

/// Finds out who sends a request, from a password or a token in its headers.
struct Authentication: Sendable {
    let authenticator: any Authenticator
    let tokens: TokenVerifier
    /// What every request waits for first: it relies on all that was committed before it arrived.
    let freshness: Freshness
    /// Where wrong credentials of readers are logged.
    let logger: Logger
    /// Counts them for the audit.
    let refusals: Refusals
    let addresses: RequestAddresses
    let defence: LoginDefence
    let metrics: HTTPMetrics

    /// Who reads: perhaps somebody whose wrong credentials count as none.
    struct Reader {
        let caller: Caller
        /// Why credentials count as none, or nil if there were none, or right ones.
        var refusal: RegistryError?
    }

    /// Returns the caller, or nil if that needs waiting, for the fast lane.
    ///
    /// Nothing needs waiting if nothing was committed since the last look, and the request is anonymous or its
    /// credentials were verified lately.
    ///
    /// - Parameters:
    ///   - authorization: The value of the header.
    ///   - privateToken: The value of that header.
    ///   - isRead: Whether the changes were read since the request arrived.
    /// - Returns: The caller.
    func knownCaller(_ authorization: String?, privateToken: String?, isRead: Bool) -> Caller? {
        guard isRead || freshness.isCurrent else { return nil }
        guard let sent = try? SentCredentials(authorization: authorization, privateToken: privateToken) else {
            return nil
        }
        switch sent {
        case .none: return .anonymous
        case .password(let user, let password):
            return authenticator.knownCaller(for: .password(user: user, password: password))
        case .token(let text, let user):
            return tokens.knownHolder(of: text).map { .token($0.tagged(byUser: user)) }
        }
    }

    /// Returns who sends a request, and notes it for the access log; refused credentials are counted for the audit and the
    /// metrics.
    ///
    /// Throws `.wrongCredentials`, also for a header that cannot be read, and `.tooManyAttempts`.
    func caller(_ request: Request, _ context: CellarRequestContext) async throws -> Caller {
        let address = addresses.client(of: request, peer: context.peer)
        do {
            let caller = try await caller(
                request.headers[.authorization],
                privateToken: HTTPField.Name.privateToken.flatMap { request.headers[$0] }, from: address)
            context.observation.callerName = caller.loggedName
            return caller
        } catch let error as RegistryError where error.isOfCredentials {
            metrics.recordRefusedLogin(error.code == .tooManyAttempts ? .delayed : .wrong)
            refusals.note(
                .login, by: SentName.of(request), "\(request.method.rawValue) \(context.observation.kind.name)",
                because: error.code.rawValue, from: address?.description)
            throw error
        }
    }

    /// Returns the same for reading: wrong credentials count as none, as on PyPI, and are logged. Without credentials, a
    /// browser's session counts.
    ///
    /// Otherwise an old line of a netrc would make uv stop at an index that needs no login.
    func reader(_ request: Request, _ context: CellarRequestContext) async throws -> Reader {
        do {
            let caller = try await caller(request, context)
            guard !caller.isKnown, let session = try await session(request, context) else {
                return Reader(caller: caller)
            }
            return Reader(caller: session.caller)
        } catch let error as RegistryError where error.code == .tooManyAttempts {
            // Without a line: whoever guesses a thousand times a second shall not fill the log.
            return Reader(caller: .anonymous, refusal: error)
        } catch let error as RegistryError where error.code == .wrongCredentials {
            logger.notice(
                "credentials that are wrong are taken for none",
                metadata: [
                    "error": "\(error.message)",
                    "peer": "\(addresses.client(of: request, peer: context.peer).map { "\($0)" } ?? "-")",
                    "request": "\(request.method.rawValue) \(LoggedPath.of(request.uri.path[...]))",
                ])
            return Reader(caller: .anonymous, refusal: error)
        }
    }

    /// Returns the person who fills in a name and a password, under the same delays; refusals are counted for the audit.
    ///
    /// Throws `.wrongCredentials`, in the same words whatever is wrong, `.tooManyAttempts` and `.unavailable`.
    func person(
        _ user: String, _ password: String, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Person {
        let wrong = RegistryError(.wrongCredentials, "The user name or the password is wrong.")
        guard !password.isEmpty else { throw wrong }
        let address = addresses.client(of: request, peer: context.peer)
        do {
            try await freshness.ensureCurrent()
            let sent = SentPassword(bytes: Array(password.utf8))
            guard case .person(let person) = try await caller(user, sent, from: address) else { throw wrong }
            context.observation.callerName = Caller.person(person).loggedName
            return person
        } catch let error as RegistryError where error.isOfCredentials {
            refusals.note(
                .login, by: UserName.isValid(user) ? user : SentName.unknown, "POST login",
                because: error.code.rawValue, from: address?.description)
            throw error
        }
    }

    /// Returns the browser session of a request's cookie, and notes whose it is; nil if there is none, or not any more.
    func session(_ request: Request, _ context: CellarRequestContext) async throws -> BrowserSession? {
        guard request.headers.contains(.cookie) else { return nil }
        let isEncrypted = addresses.isEncrypted(request, peer: context.peer)
        for text in BrowserCookie.session.values(in: request.headers, isEncrypted: isEncrypted) {
            try await freshness.ensureCurrent()
            guard let holder = try await sessionHolder(of: text),
                let session = BrowserSession(text: text, holder: holder)
            else { continue }
            context.observation.callerName = session.caller.loggedName
            return session
        }
        return nil
    }

    private func sessionHolder(of text: String) async throws -> TokenHolder? {
        do {
            return try await tokens.holder(of: Array(text.utf8))
        } catch let error as RegistryError where error.code == .wrongCredentials {
            return nil
        }
    }

    private func caller(_ user: String, _ password: SentPassword, from address: IPAddress?) async throws -> Caller {
        let credentials = Credentials.password(user: user, password: password)
        if let known = authenticator.knownCaller(for: credentials) { return known }
        return try await defence.login(user, password, from: address) {
            try await authenticator.caller(for: credentials)
        }
    }

    private func caller(
        _ authorization: String?, privateToken: String?, from address: IPAddress?
    ) async throws -> Caller {
        try await freshness.ensureCurrent()
        do {
            switch try SentCredentials(authorization: authorization, privateToken: privateToken) {
            case .none: return .anonymous
            case .password(let user, let password): return try await caller(user, password, from: address)
            case .token(let text, let user):
                return .token(try await tokens.holder(of: text).tagged(byUser: user))
            }
        } catch let error as BasicCredentialsError {
            throw RegistryError(.wrongCredentials, error.description)
        }
    }
}

extension TokenHolder {
    /// Returns the holder with the tag of the user name that was sent with the token, if it has one. The owner's own name
    /// has none, whatever is in it.
    fileprivate func tagged(byUser user: String?) -> TokenHolder {
        guard let user, user != owner.person?.name, let tag = UserTag.split(user)?.tag else { return self }
        return tagged(tag)
    }
}

extension RegistryError {
    /// Whether credentials were refused, which `Authentication` counts for the audit.
    var isOfCredentials: Bool { code == .wrongCredentials || code == .tooManyAttempts }
}

/// The session of a browser: the text of its cookie, and whose it is.
package struct BrowserSession: Sendable {
    package let text: String
    package let holder: TokenHolder
    package let person: Person

    /// Takes what a cookie names, or returns nil if that is no whole session of a person.
    init?(text: String, holder: TokenHolder) {
        guard holder.isSession, holder.scope == .everything, let person = holder.owner.person else { return nil }
        self.text = text
        self.holder = holder
        self.person = person
    }

    package var caller: Caller { .token(holder) }
}

/// The name that somebody sent with wrong credentials.
private enum SentName {
    static let unknown = "(unknown)"

    /// Returns the name, if there could be a user of it; else `(unknown)`, since people type passwords there.
    static func of(_ request: Request) -> String {
        guard let header = request.headers[.authorization], let sent = try? BasicCredentials(header: header),
            UserName.isValid(sent.username)
        else { return unknown }
        return sent.username
    }
}

/// Why headers hold no credentials that can be read.
package enum BasicCredentialsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The header names another scheme, such as Bearer, or none.
    case otherScheme
    /// The credentials are missing or not base64.
    case malformedBase64
    /// No colon separates user name and password.
    case noColon
    /// The credentials hold a NUL or another control character, which RFC 7617 §2 forbids.
    case controlCharacter
    /// The header is longer than ``BasicCredentials/longestHeader``.
    case tooLong
    /// What should be a token does not begin like one.
    case noToken
    /// `Authorization` and `PRIVATE-TOKEN` say different things.
    case twoCredentials

    package var description: String {
        switch self {
        case .otherScheme: "The Authorization header must use the Basic or the Bearer scheme."
        case .malformedBase64: "The Authorization header's credentials aren't valid base64."
        case .noColon: "The Authorization header holds no colon between user name and password."
        case .controlCharacter: "The user name and password may not hold control characters."
        case .tooLong: "The Authorization header is too long."
        case .noToken: "What was sent as a token is none of this server: those begin with \(TokenText.prefix)."
        case .twoCredentials:
            "The headers Authorization and PRIVATE-TOKEN hold different credentials: send one of them."
        }
    }
}

/// A user name and a password from an `Authorization: Basic` header (RFC 7617).
///
/// The password is in UTF-8, as the challenge asks, or in ISO-8859-1, as many clients send it all the same. Name and
/// password may be empty. The password is not printed.
package struct BasicCredentials: Hashable, Sendable {
    /// The most bytes of the header's value: a JSON web token fits.
    package static let longestHeader = 16 << 10

    package let username: String
    package let password: SentPassword

    package init(username: String, password: SentPassword) {
        self.username = username
        self.password = password
    }

    /// Reads the value of an `Authorization` header.
    ///
    /// The user name ends at the first colon; the password may hold others.
    ///
    /// - Throws: Why the header holds no Basic credentials.
    package init(header: String) throws(BasicCredentialsError) {
        let header = header.utf8
        guard header.count <= Self.longestHeader else { throw .tooLong }
        var rest = header[...]
        guard Self.dropScheme(from: &rest) else { throw .otherScheme }
        guard !rest.isEmpty, let bytes = Base64.decode(rest) else { throw .malformedBase64 }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { throw .noColon }
        guard !bytes.contains(where: ASCII.isControl) else { throw .controlCharacter }
        // Names are ASCII: other bytes make no name, however they are read.
        let username = String(decoding: bytes[..<colon], as: UTF8.self)
        self.init(username: username, password: SentPassword(bytes: Array(bytes[(colon + 1)...])))
    }

    /// Drops `Basic`, in any case, and the spaces around the credentials; returns false for another scheme.
    private static func dropScheme(from header: inout Substring.UTF8View) -> Bool {
        guard header.prefix(6).elementsEqual("basic ".utf8, by: { ASCII.lowercased($0) == $1 }) else { return false }
        header = header.dropFirst(6).drop { $0 == UInt8(ascii: " ") }
        while header.last == UInt8(ascii: " ") { header.removeLast() }
        return true
    }
}

extension BasicCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "BasicCredentials(username: \(username), password: redacted)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}
