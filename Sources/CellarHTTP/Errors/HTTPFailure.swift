package import HTTPTypes
package import Hummingbird
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

/// Thrown if an address exists, but does not answer the method (RFC 9110 §15.5.6).
struct MethodNotAllowed: Error {
    let allowed: [HTTPRequest.Method]

    /// Returns the `Allow` header's value, with OPTIONS, which is answered everywhere.
    static func header(_ methods: [HTTPRequest.Method]) -> String {
        (methods + [.options]).map(\.rawValue).joined(separator: ", ")
    }
}

/// An error as the client sees it.
///
/// twine, pip and Poetry print the status line, uv and browsers the body: both carry the message.
package struct HTTPFailure: Sendable {
    /// For programs, as `not-found`.
    package let code: String
    package let status: HTTPResponse.Status
    /// For people; without details that are not meant for clients.
    package let message: String
    /// The underlying error, for the log.
    package let cause: (any Error)?
    private let headers: HTTPFields

    /// Translates an error; known callers see its details.
    package init(_ error: any Error, isCallerKnown: Bool = false) {
        switch error {
        case let error as MethodNotAllowed: self.init(error)
        case let error as TrustedPublishingFailure:
            self.init(
                code: error.code.rawValue, status: .unprocessableContent, message: error.message, cause: nil,
                headers: [:])
        case let error as RegistryError: self.init(error, message: error.message(isKnown: isCallerKnown))
        case let error as any HTTPResponseError: self.init(RegistryError(error), message: nil)
        case let error as MultipartError: self.init(RegistryError(error), message: nil)
        case let error as PathNameError: self.init(RegistryError(.invalidRequest, error.description), message: nil)
        case is HTTPParserError, is ChannelError, is IOError:
            self.init(
                RegistryError(.invalidRequest, "The request's body is malformed, or was cut short on its way."),
                message: nil)
        case is CancellationError:
            self.init(RegistryError(.unavailable, "The server is stopping; try again."), message: nil)
        default:
            self.init(
                RegistryError(.internal, "Something went wrong in the server: see its log.", cause: error),
                message: nil)
        }
    }

    private init(_ error: RegistryError, message: String?) {
        var headers = HTTPFields()
        let status = ErrorTable.status(of: error.code)
        if let seconds = ErrorTable.retryAfter(error.code, known: error.retryAfter) {
            headers[.retryAfter] = String(seconds)
        }
        self.init(
            code: error.code.rawValue, status: status, message: message ?? error.message, cause: error.cause,
            headers: headers)
    }

    private init(_ error: MethodNotAllowed) {
        let allowed = MethodNotAllowed.header(error.allowed)
        self.init(
            code: "method-not-allowed", status: .methodNotAllowed,
            message: "This address does not answer this method. It answers: \(allowed).", cause: nil,
            headers: [.allow: allowed])
    }

    private init(
        code: String, status: HTTPResponse.Status, message: String, cause: (any Error)?, headers: HTTPFields
    ) {
        self.code = code
        self.status = status
        self.message = message
        self.cause = cause
        self.headers = headers
    }

    /// Whether it is logged in addition to the request.
    var isWorthALine: Bool { cause != nil || status == .internalServerError }
}

/// Makes what a browser is shown for a failure; nil for text.
package typealias FailurePage =
    @Sendable (_ failure: HTTPFailure, _ request: Request, _ context: CellarRequestContext) async -> Response?

extension HTTPFailure {
    /// How a failure is written.
    package enum Format: Sendable {
        case text
        /// An object with code and message.
        case json
        /// An object with the problem details of RFC 9457, and the members that clients of trusted publishing show.
        case problem

        /// Returns the format for an address.
        static func format(at path: String) -> Format {
            if path.hasPrefix("/api/") { return .json }
            return path.hasPrefix("/_/oidc/") || path.hasPrefix("/.well-known/pytp") ? .problem : .text
        }

        fileprivate var mediaType: String {
            switch self {
            case .text: "text/plain; charset=utf-8"
            case .json: "application/json"
            case .problem: "application/problem+json"
            }
        }
    }

    /// Returns the response in a format; if it asks for a password, in the name of a realm (RFC 7617 §2).
    package func response(_ format: Format, realm: String = HTTPFailure.usualRealm) -> Response {
        var headers = headers
        if status == .unauthorized { headers[.wwwAuthenticate] = "Basic realm=\"\(realm)\", charset=\"UTF-8\"" }
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentType] = format.mediaType
        return Response(
            status: HTTPResponse.Status(code: status.code, reasonPhrase: reasonPhrase), headers: headers,
            body: ResponseBody(byteBuffer: body(format)))
    }

    /// Returns what a browser is shown instead, with what else the failure says to programs, unless it leads elsewhere.
    func response(_ shown: Response, realm: String) -> Response {
        guard shown.status == status else { return shown }
        let text = response(.text, realm: realm)
        var shown = shown
        shown.status = text.status
        for name in [HTTPField.Name.retryAfter, .allow, .wwwAuthenticate] {
            if let value = text.headers[name] { shown.headers[name] = value }
        }
        return shown
    }

    private func body(_ format: Format) -> ByteBuffer {
        switch format {
        case .text: ByteBuffer(string: message + "\n")
        case .json: json
        case .problem: problem
        }
    }

    private var problem: ByteBuffer {
        var body = ByteBuffer()
        JSONWriter.write(into: &body) { json in
            json.object { json in
                json.member("type", "about:blank")
                json.member("title", status.reasonPhrase)
                json.key("status")
                json.integer(status.code)
                json.member("detail", message)
                json.member("message", "Token request failed")
                json.key("errors")
                json.array { json in
                    json.object { json in
                        json.member("code", code)
                        json.member("description", message)
                    }
                }
            }
        }
        return body
    }

    private var json: ByteBuffer {
        var body = ByteBuffer()
        JSONWriter.write(into: &body) { json in
            json.object { json in
                json.member("code", code)
                json.member("message", message)
            }
        }
        return body
    }

    /// The realm if none is set.
    package static let usualRealm = "Cellar"

    /// The most characters of a reason phrase: proxies accept a head of some 4 KiB.
    private static let longestPhrase = 800

    /// The message as a reason phrase (RFC 9112 §4): one line of printable ASCII, with other characters escaped as in
    /// messages.
    private var reasonPhrase: String {
        var phrase = ""
        for scalar in message.unicodeScalars {
            guard phrase.utf8.count < Self.longestPhrase else { return phrase + "..." }
            switch scalar {
            case " "..."~": phrase.unicodeScalars.append(scalar)
            case "\n", "\r", "\t": phrase += " "
            default: phrase += ShownText.escape(scalar)
            }
        }
        return phrase.isEmpty ? status.reasonPhrase : phrase
    }
}

extension RegistryError {
    /// Translates what Hummingbird itself throws, such as for a body that is too large to be collected.
    fileprivate init(_ error: any HTTPResponseError) {
        switch error.status {
        case .notFound: self.init(.notFound, "There is nothing under this address.")
        case .contentTooLarge: self.init(.tooLarge, "The request's body is too large.")
        case .requestTimeout: self.init(.requestTimeout, "The request took too long.")
        case _ where error.status.kind == .clientError:
            self.init(.invalidRequest, "The request cannot be understood.", cause: error)
        default: self.init(.internal, "Something went wrong in the server: see its log.", cause: error)
        }
    }

    fileprivate init(_ error: MultipartError) {
        self.init(error.isTooLarge ? .tooLarge : .invalidRequest, error.description)
    }
}
