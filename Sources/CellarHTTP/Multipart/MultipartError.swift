/// Why a multipart/form-data body (RFC 7578) is refused, with a text for the people who read their client's output.
package enum MultipartError: Error, Hashable, Sendable {
    /// The `Content-Type` isn't `multipart/form-data`.
    case notFormData
    /// The `Content-Type` names no boundary, two, or one that RFC 2046 §5.1.1 doesn't allow.
    case invalidBoundary
    /// The body never shows the announced boundary: a wrong one, an empty body, or too long a preamble.
    case boundaryNotFound
    /// The body ended before the closing boundary.
    case truncated
    /// Text follows a boundary on its line.
    case malformedDelimiter
    /// A line ends in a line feed without a carriage return.
    case bareLineFeed
    /// A part's header can't be read.
    case malformedHeader
    /// A part's header states the same thing twice, or in two forms that differ.
    case ambiguousHeader(name: String)
    /// A part has no `Content-Disposition: form-data` with a name.
    case missingName
    /// A name or file name holds a control character, or isn't UTF-8.
    case invalidName
    /// A part is itself a multipart body.
    case nestedMultipart(field: String)
    /// A part is encoded in a way that form data may not be (RFC 7578 §4.7).
    case unsupportedTransferEncoding(String)
    /// A field's value isn't UTF-8 text.
    case fieldNotText(field: String)
    /// One part's headers are longer than the limit, in bytes.
    case headersTooLarge(limit: Int)
    /// One field's value, or a file that is not wanted, is longer than its limit, in bytes.
    case fieldTooLarge(field: String, limit: Int)
    /// All fields together, with their headers, are longer than the limit, in bytes.
    case fieldsTooLarge(limit: Int)
    /// All files together are longer than the limit, in bytes.
    case fileTooLarge(limit: Int64)
    /// More follows the closing boundary than the limit, in bytes.
    case epilogueTooLarge(limit: Int)
}

extension MultipartError {
    /// Whether the body broke a limit (413) and not the format (400).
    package var isTooLarge: Bool {
        switch self {
        case .headersTooLarge, .fieldTooLarge, .fieldsTooLarge, .fileTooLarge, .epilogueTooLarge: true
        default: false
        }
    }
}

extension MultipartError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notFormData: "The request body must be multipart/form-data."
        case .invalidBoundary: "The Content-Type header names no valid multipart boundary."
        case .boundaryNotFound: "The request body doesn't contain the boundary that its Content-Type header names."
        case .truncated: "The request body ends before its closing boundary: the upload was cut short."
        case .malformedDelimiter: "A boundary line of the request body is malformed."
        case .bareLineFeed: "The request body's lines must end in CR LF, not in LF alone."
        case .malformedHeader: "A header inside the multipart body is malformed."
        case .ambiguousHeader(let name): "A part of the multipart body states its \(name) more than once."
        case .missingName: "A part of the multipart body has no Content-Disposition: form-data header with a name."
        case .invalidName: "A name inside the multipart body holds control characters or isn't UTF-8."
        case .nestedMultipart(let field): "The part '\(field)' is itself multipart, which forms may not be."
        case .unsupportedTransferEncoding(let encoding):
            "The Content-Transfer-Encoding '\(encoding)' isn't supported: send the bytes as they are."
        case .fieldNotText(let field): "The field '\(field)' isn't valid UTF-8."
        case .headersTooLarge(let limit): "The headers of a part of the multipart body exceed \(limit) bytes."
        case .fieldTooLarge(let field, let limit): "The field '\(field)' exceeds \(limit) bytes."
        case .fieldsTooLarge(let limit): "The fields of the form exceed \(limit) bytes in total."
        case .fileTooLarge(let limit): "The file exceeds \(limit) bytes."
        case .epilogueTooLarge(let limit): "More than \(limit) bytes follow the closing boundary of the request body."
        }
    }
}
