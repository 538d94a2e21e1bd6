import HTTPTypes
import Hummingbird
import NIOCore
package import Registry

/// What all pages share: frame, style and headers.
enum Layout {
    /// The frame; takes `title`, `home` (the way to `/`, relative to the page) and the block `main`.
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

    static let style = """
        :root {
          color-scheme: light dark;
          --ink: #211a16; --soft: #6a5d54; --paper: #fbf8f4; --card: #ffffff; --line: #e2d8cd;
          --accent: #7a3b2e; --bad: #a3161b;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ink: #ece4dc; --soft: #b0a398; --paper: #1b1614; --card: #261f1c; --line: #43372f;
            --accent: #e09a83; --bad: #ff8e86;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }
        main { max-width: 50rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
        h1 { margin: 0 0 .5rem; font-size: 1.9rem; line-height: 1.2; }
        h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
        h3 { margin: 1.25rem 0 .35rem; font-size: 1rem; }
        p, ul { margin: .5rem 0; }
        a { color: var(--accent); }
        a:focus-visible, button:focus-visible, input:focus-visible, pre:focus-visible {
          outline: 3px solid var(--accent); outline-offset: 2px;
        }
        .lead { font-size: 1.1rem; color: var(--soft); }
        .note { color: var(--soft); font-size: .95rem; }
        pre {
          margin: 0; padding: .75rem 1rem; overflow-x: auto; background: var(--card);
          border: 1px solid var(--line); border-radius: .4rem;
        }
        code { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
        form { max-width: 26rem; margin-top: 1.5rem; }
        label { display: block; margin: 1rem 0 .3rem; font-weight: 600; }
        input {
          width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--card);
          border: 1px solid var(--soft); border-radius: .4rem;
        }
        input[aria-invalid="true"] { border-color: var(--bad); }
        button {
          margin-top: 1.5rem; padding: .65rem 1.2rem; font: inherit; font-weight: 600; cursor: pointer;
          color: var(--paper); background: var(--accent); border: 0; border-radius: .4rem;
        }
        .hint { margin: .2rem 0 0; color: var(--soft); font-size: .9rem; }
        .error { margin: .3rem 0 0; color: var(--bad); font-weight: 600; }

        """

    /// Returns a page as a response. `cacheControl` is `private, no-cache`, or `no-store` for a page that nobody may keep.
    static func response(
        _ html: String, status: HTTPResponse.Status = .ok, cacheControl: String
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = cacheControl
        headers[.vary] = "Authorization, PRIVATE-TOKEN, Cookie"
        headers[.contentSecurityPolicy] = """
            default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
            frame-ancestors 'none'
            """
        headers[.xContentTypeOptions] = "nosniff"
        // With no-referrer browsers would send `Origin: null` with the form.
        headers[named: "Referrer-Policy"] = "same-origin"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// Returns the style or the icon as a response.
    static func resource(_ text: String, type: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "public, max-age=3600"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension HTTPFields {
    /// The value of a field whose name swift-http-types does not know.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set { if let name = HTTPField.Name(name) { self[name] = newValue } }
    }
}

/// What the pages must know about a request.
package struct PageVisit: Sendable {
    /// The address of the server as the client reaches it, without a slash at the end.
    package let baseURL: String
    package let caller: Caller
    /// Whether the browser says that a page of another site sent the request, which may then change nothing.
    package let isFromAnotherSite: Bool

    package init(baseURL: String, caller: Caller, isFromAnotherSite: Bool) {
        self.baseURL = baseURL
        self.caller = caller
        self.isFromAnotherSite = isFromAnotherSite
    }
}
