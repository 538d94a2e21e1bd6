import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

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
        form { max-width: 26rem; margin: 1.5rem 0; }
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
        .button {
          display: inline-block; margin-top: 1rem; padding: .6rem 1.2rem; border: 1px solid var(--accent);
          border-radius: .4rem; font-weight: 600; text-decoration: none;
        }
        .quiet { margin: 0; }
        .quiet button { margin: 0; padding: .35rem .8rem; color: var(--accent); background: none; border: 1px solid; }
        .bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: 1rem 0; }
        .bar p { margin: 0; }
        .done { padding: .7rem 1rem; background: var(--card); border: 1px solid var(--accent); border-radius: .4rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 1rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; }
        .hint { margin: .2rem 0 0; color: var(--soft); font-size: .9rem; }
        .error { margin: .3rem 0 0; color: var(--bad); font-weight: 600; }

        """

    /// Returns a page as a response.
    ///
    /// - Parameters:
    ///   - html: The page.
    ///   - visit: What it answers.
    ///   - status: The status.
    ///   - keeping: How long it is kept.
    ///   - address: Whether the page's address is a secret.
    /// - Returns: The response.
    static func response(
        _ html: String, to visit: PageVisit, status: HTTPResponse.Status = .ok, keeping: Keeping = .nowhere,
        address: AddressSecrecy = .open
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = keeping.rawValue
        headers[.vary] = "Authorization, PRIVATE-TOKEN, Cookie"
        headers[.contentSecurityPolicy] = """
            default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
            frame-ancestors 'none'
            """
        headers[.xContentTypeOptions] = "nosniff"
        headers[named: "Referrer-Policy"] = address.rawValue
        if visit.isFormSecretNew, keeping == .nowhere {
            headers.append(.cookie(visit.actions.cookieField(.form, visit.formSecret, nil)))
        }
        if visit.hasOldSession { headers.append(.cookie(visit.actions.cookieField(.session, "", 0))) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// Returns a redirect to a page, after a form or in its place.
    static func redirect(to path: LocalPath, query: String = "", from visit: PageVisit) -> Response {
        var headers = HTTPFields()
        headers[.location] = path.reference(from: visit) + query
        headers[.cacheControl] = "no-store"
        return Response(status: .seeOther, headers: headers)
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

extension Layout {
    /// How long a page may be kept.
    enum Keeping: String {
        /// Browsers ask each time whether it is the same.
        case unchanged = "private, no-cache"
        case nowhere = "no-store"
    }

    /// What browsers tell other pages of a page's address, as a `Referrer-Policy`.
    ///
    /// It is `no-referrer` nowhere: browsers would send `Origin: null` with the form, as pages of other sites do.
    enum AddressSecrecy: String {
        case open = "same-origin"
        /// Nobody but the page itself may know its path, not even the server's other pages and proxies' logs.
        case secret = "strict-origin"
    }
}

extension HTTPField {
    /// Returns a field that sets a cookie.
    static func cookie(_ value: String) -> HTTPField { HTTPField(name: .setCookie, value: value) }
}

extension HTTPFields {
    /// The value of a field whose name swift-http-types does not know.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set { if let name = HTTPField.Name(name) { self[name] = newValue } }
    }
}
