import HTTPTypes
package import Hummingbird
import NIOCore
import PackagingStandards
package import Registry

/// Makes responses of errors, in the forms that clients show.
///
/// twine, pip and Poetry print the status line, uv and browsers the body: both carry the message.
package enum ErrorRenderer {
    /// The error that something thrown is, for the client; what is not a `RegistryError` says nothing of itself.
    package static func registryError(_ error: any Error) -> RegistryError {
        switch error {
        case let error as RegistryError: error
        case let error as any HTTPResponseError: RegistryError(error)
        case let error as MultipartError: RegistryError(error)
        case let error as PathNameError: RegistryError(.invalidRequest, error.description)
        case is CancellationError: RegistryError(.unavailable, "The server is stopping; try again.")
        default: RegistryError(.internal, "Something went wrong in the server; its log tells what.", cause: error)
        }
    }

    /// The response of an error.
    ///
    /// - Parameters:
    ///   - error: What went wrong.
    ///   - asJSON: Whether the address speaks JSON, as `/api/v1` does.
    package static func response(_ error: RegistryError, asJSON: Bool) -> Response {
        let status = ErrorTable.status(of: error.code)
        var headers = HTTPFields()
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        if status == .unauthorized { headers[.wwwAuthenticate] = "Basic realm=\"Cellar\", charset=\"UTF-8\"" }
        if let seconds = ErrorTable.retryAfter(error.code) { headers[.retryAfter] = String(seconds) }
        var body = ByteBuffer()
        if asJSON {
            headers[.contentType] = "application/json"
            JSONWriter.write(into: &body) { json in
                json.object { json in
                    json.key("code")
                    json.string(error.code.rawValue)
                    json.key("message")
                    json.string(error.message)
                }
            }
        } else {
            headers[.contentType] = "text/plain; charset=utf-8"
            body.writeString(error.message + "\n")
        }
        return Response(
            status: HTTPResponse.Status(code: status.code, reasonPhrase: reasonPhrase(error, status)),
            headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// The message as a reason phrase (RFC 9112 §4): one line of printable ASCII, 300 characters at most.
    private static func reasonPhrase(_ error: RegistryError, _ status: HTTPResponse.Status) -> String {
        var phrase = ""
        for scalar in error.message.unicodeScalars.prefix(300) {
            phrase.unicodeScalars.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?")
        }
        return phrase.isEmpty ? status.reasonPhrase : phrase
    }
}

extension RegistryError {
    /// What Hummingbird throws itself, such as a body that is too large to be collected.
    fileprivate init(_ error: any HTTPResponseError) {
        switch error.status {
        case .notFound: self.init(.notFound, "There is nothing under this address.")
        case .contentTooLarge: self.init(.tooLarge, "The request's body is too large.")
        case .requestTimeout: self.init(.requestTimeout, "The request took too long.")
        case _ where error.status.kind == .clientError:
            self.init(.invalidRequest, "The request cannot be understood.", cause: error)
        default: self.init(.internal, "Something went wrong in the server; its log tells what.", cause: error)
        }
    }

    fileprivate init(_ error: MultipartError) {
        self.init(error.isTooLarge ? .tooLarge : .invalidRequest, error.description)
    }
}
