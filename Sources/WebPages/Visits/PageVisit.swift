package import NIOCore
package import PackagingStandards
package import Registry

/// What the pages must know about a request.
package struct PageVisit: Sendable {
    /// The session of a browser.
    package struct Session: Sendable {
        /// The text of its cookie, of which the tokens of its forms are made.
        let text: String
        let holder: TokenHolder
        let person: Person

        package init(text: String, holder: TokenHolder, person: Person) {
            self.text = text
            self.holder = holder
            self.person = person
        }

        var caller: Caller { .token(holder) }
    }

    /// A cookie that the pages set.
    package enum Cookie: Sendable {
        /// Holds the session.
        case session
        /// Holds the secret of which the tokens in the forms of strangers are made.
        case form
        /// Holds what comes back from a provider of single sign-on must fit.
        case signOn
        /// Holds the language that somebody has chosen.
        case language
        /// Holds the colours that somebody has chosen.
        case theme
    }

    /// What is done for the visitor on the side of the protocols.
    package struct Actions: Sendable {
        /// Returns the body of the request, so many bytes at most. Throws `.tooLarge`, and `.requestTimeout` for a slow one.
        let body: @Sendable (_ limit: Int) async throws -> ByteBuffer
        /// Returns the person of a name and a password. Throws `.wrongCredentials`, `.tooManyAttempts` and `.unavailable`.
        let person: @Sendable (_ user: String, _ password: String) async throws -> Person
        /// Returns the `Set-Cookie` field of a cookie; an empty value clears it, without an age it ends with the browser.
        let cookieField: @Sendable (_ cookie: Cookie, _ value: String, _ maxAge: Int64?) -> String
        /// Publishes the files of the form in the body for a caller, once `accept` has checked its fields and returned the
        /// index that they name.
        let publish:
            @Sendable (_ caller: Caller, _ accept: @escaping @Sendable ([String: String]) throws -> IndexName)
                async throws -> [PublishedFile]

        package init(
            body: @escaping @Sendable (_ limit: Int) async throws -> ByteBuffer,
            person: @escaping @Sendable (_ user: String, _ password: String) async throws -> Person,
            cookieField: @escaping @Sendable (_ cookie: Cookie, _ value: String, _ maxAge: Int64?) -> String,
            publish:
                @escaping @Sendable (
                    _ caller: Caller, _ accept: @escaping @Sendable ([String: String]) throws -> IndexName
                ) async throws -> [PublishedFile] = { _, _ in [] }
        ) {
            self.publish = publish
            self.body = body
            self.person = person
            self.cookieField = cookieField
        }
    }

    /// The address of the server as the client reaches it, without a slash at the end.
    let baseURL: String
    let caller: Caller
    /// The session in the browser's cookie; nil for none.
    let session: Session?
    /// Whether the cookie of a session came that is not good, or not any more.
    let hasOldSession: Bool
    /// What the browser has taken along to a provider of single sign-on; nil for nothing.
    let signOnCookie: String?
    /// The secret in the browser's cookie, or a new one.
    let formSecret: String
    /// Whether the secret is new, so that the browser does not have it yet.
    let isFormSecretNew: Bool
    /// Whether the browser says that a page of another site sent the request, which may then change nothing.
    let isFromAnotherSite: Bool
    /// Where the request comes from, for people; nil for nowhere.
    let address: IPAddress?
    let actions: Actions
    let language: Language
    let theme: Theme
    /// What was asked for, to come back to; nil for an address to which no form leads.
    let place: LocalPath?
    /// The way to `/`, relative to the page: empty or some `../`, so that it leads there behind any prefix of a proxy.
    let home: String

    /// Takes what is known of a request; `path` is the path that was asked for, and perhaps its query.
    package init(
        path: some StringProtocol, baseURL: String, address: IPAddress?, caller: Caller, session: Session?,
        hasOldSession: Bool, formSecret: String?, signOnCookie: String? = nil, isFromAnotherSite: Bool,
        language: Language = .english, theme: Theme = .system, actions: Actions
    ) {
        self.language = language
        self.theme = theme
        place = LocalPath(String(path))
        self.signOnCookie = signOnCookie
        self.baseURL = baseURL
        self.address = address
        self.caller = caller
        self.session = session
        self.hasOldSession = hasOldSession
        self.isFromAnotherSite = isFromAnotherSite
        self.actions = actions
        isFormSecretNew = formSecret.map { $0.utf8.count < Self.leastSecret } ?? true
        self.formSecret = isFormSecretNew ? Self.newSecret() : formSecret ?? ""
        let depth = path.prefix { $0 != "?" }.utf8.count { $0 == UInt8(ascii: "/") }
        home = String(repeating: "../", count: max(0, depth - 1))
    }

    /// Returns a text in the visitor's language.
    func text(_ key: TextKey, _ parts: [String: String] = [:]) -> String {
        Texts.text(key, in: language, parts)
    }

    /// Returns what an error says. Registry's sentences are English: in other languages they stand behind a sentence of the
    /// visitor's own.
    func text(of error: RegistryError) -> String {
        guard language != .english else { return error.message }
        return text(FailureText.title(of: error.code)) + " (" + error.message + ")"
    }

    /// A shorter one is not from here.
    private static let leastSecret = 22

    private static func newSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        return OneTimeSecret(using: &generator).reveal()
    }
}

/// A path on this server to which a form may lead: nothing that a browser takes for an address elsewhere.
struct LocalPath: Equatable {
    private static let longest = 512

    /// Begins with a slash.
    let text: String

    static let front = LocalPath(text: "/")
    static let account = LocalPath(text: "/account")
    static let login = LocalPath(text: "/login")
    static let publish = LocalPath(text: "/account/publish")

    private init(text: String) {
        self.text = text
    }

    /// Reads a path of visible ASCII that begins with a slash; nil for what has two slashes in a row, or a backslash, which
    /// browsers take for a slash.
    init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= Self.longest, bytes.allSatisfy(ASCII.isVisible),
            !bytes.contains(UInt8(ascii: "\\")), !text.contains("//")
        else { return nil }
        self.text = text
    }

    /// The path without its query.
    var path: Substring { text.prefix { $0 != "?" } }

    /// The parameters of its query, as they are written.
    var query: [Substring] { text.dropFirst(path.count + 1).split(separator: "&") }

    /// Returns the same without the parameters of some names.
    func without(_ names: Set<String>) -> LocalPath {
        let kept = query.filter { !names.contains(String($0.prefix { $0 != "=" })) }
        return LocalPath(text: path + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&")))
    }

    /// The path as a parameter's value, with what would end it escaped.
    var queryText: String {
        text.replacing("%", with: "%25").replacing("&", with: "%26").replacing("+", with: "%2B")
            .replacing("#", with: "%23")
    }

    /// Returns the way there from a page, relative to it.
    func reference(from visit: PageVisit) -> String { "./" + visit.home + text.dropFirst() }
}
