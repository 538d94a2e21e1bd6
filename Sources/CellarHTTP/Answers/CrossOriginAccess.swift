import HTTPTypes

/// What tells browsers that pages of any site may read an answer (Fetch standard, CORS protocol).
enum CrossOriginAccess {
    /// The value of `Access-Control-Allow-Origin`. Browsers send no credentials to what has it.
    static let anyOrigin = "*"

    /// The fields of the answer to a preflight request, which asks before a page's script may send headers of its own.
    static let preflight: HTTPFields = [
        .accessControlAllowMethods: "GET, HEAD",
        .accessControlAllowHeaders: "Accept, Cache-Control, Content-Type, If-None-Match, If-Range, Range",
        .accessControlMaxAge: "86400",
    ]
}
