import HTTPTypes
import Hummingbird
import NIOCore

/// What all pages share: the frame, the style and the headers.
enum Layout {
    /// Takes `title`, `home` (the way to `/`, relative to the page) and the block `main`.
    static let template = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <link rel="stylesheet" href="{{home}}-/pages/style.css">
        <link rel="icon" href="{{home}}-/pages/icon.svg" type="image/svg+xml">
        </head>
        <body>
        <main>
        {{$main}}{{/main}}
        </main>
        </body>
        </html>

        """

    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#7a3b2e" d="M4 30V15a12 12 0 0 1 24 0v15z"/>\
        <path fill="#f3e6d3" d="M9 30V16a7 7 0 0 1 14 0v14z"/><path fill="#7a3b2e" d="M15 12h2v18h-2z"/></svg>

        """

    /// A whole page as a response, whose `Cache-Control` is `private, no-cache`, or `no-store` for what must not be
    /// kept.
    static func response(
        _ html: String, status: HTTPResponse.Status = .ok, cacheControl: String
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = cacheControl
        headers[.vary] = "Authorization, Cookie"
        headers[.contentSecurityPolicy] = """
            default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
            frame-ancestors 'none'
            """
        headers[.xContentTypeOptions] = "nosniff"
        // Not no-referrer: browsers would send `Origin: null` with the form then.
        headers[named: "Referrer-Policy"] = "same-origin"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// The style or the icon, as a response.
    static func resource(_ text: String, type: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "public, max-age=3600"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension HTTPFields {
    /// The value of a field that the package of field names does not know.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set { if let name = HTTPField.Name(name) { self[name] = newValue } }
    }
}
