import HTTPTypes
import NIOHTTP1

/// What is answered to bytes that are no request.
enum ParserRefusal {
    /// The method that the log shows for them.
    static let method = HTTPRequest.Method("UNREADABLE") ?? .get

    /// The status and the text for an error of the parser.
    static func answer(to error: HTTPParserError) -> (status: HTTPResponse.Status, text: String) {
        switch error {
        case .headerOverflow:
            (.requestHeaderFieldsTooLarge, "The request's address or headers are too long.\n")
        case .invalidVersion:
            (.httpVersionNotSupported, "Use HTTP/1.1.\n")
        default:
            (.badRequest, "The request is not readable HTTP.\n")
        }
    }
}
