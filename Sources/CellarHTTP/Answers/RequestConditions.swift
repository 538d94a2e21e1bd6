import HTTPTypes

/// The fields of a request that a page's or a file's answer depends on.
struct RequestConditions {
    var accept: String?
    var acceptEncoding: String?
    var authorization: String?
    var ifNoneMatch: String?
    var ifRange: String?
    var range: String?
    var userAgent: String?

    init() {}

    /// Takes them from a request's fields.
    init(_ fields: HTTPFields) {
        accept = fields[.accept]
        acceptEncoding = fields[.acceptEncoding]
        authorization = fields[.authorization]
        ifNoneMatch = fields[.ifNoneMatch]
        ifRange = fields[.ifRange]
        range = fields[.range]
        userAgent = fields[.userAgent]
    }
}
