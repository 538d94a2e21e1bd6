import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// What all pages share: frame, style and headers.
enum Layout {
    /// The frame; takes `title`, `home` (the way to `/`, relative to the page), `frame` and the block `main`.
    static let template = """
        <!DOCTYPE html>
        <html lang="{{frame.language}}"{{#frame.theme}} data-theme="{{.}}"{{/frame.theme}}>
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <link rel="stylesheet" href="{{home}}-/pages/style.css">
        <link rel="icon" href="{{home}}-/pages/icon.svg" type="image/svg+xml">
        <script src="{{home}}-/pages/script.js" defer></script>
        {{$head}}{{/head}}
        </head>
        <body data-copy="[[layout.copy]]" data-copied="[[layout.copied]]">
        <a class="skip" href="#main">[[layout.skip]]</a>
        <header class="top">
        <div class="inner">
        <a class="brand" href="./{{home}}"><img src="{{home}}-/pages/icon.svg" alt="" width="28" height="28">Cellar</a>
        <form class="search" role="search" method="get" action="{{home}}search">
        <label class="hidden" for="q">[[layout.search.label]]</label>
        <input id="q" name="q" type="search" value="{{frame.search}}" maxlength="200" placeholder="[[layout.search.hint]]" \
        autocapitalize="none" spellcheck="false" autocomplete="off">
        <button>[[layout.search.button]]</button>
        </form>
        <nav aria-label="[[layout.menu]]">
        <a href="{{home}}account/publish">[[layout.publish]]</a>
        <details class="menu">
        <summary>[[layout.display]]</summary>
        <div>
        <p>[[layout.language]]</p>
        <ul>
        {{#frame.languages}}
        <li><a href="{{link}}" lang="{{code}}" hreflang="{{code}}"{{#isChosen}} aria-current="true"{{/isChosen}}>{{name}}</a></li>
        {{/frame.languages}}
        </ul>
        <p>[[layout.theme]]</p>
        <ul>
        {{#frame.themes}}
        <li><a href="{{link}}"{{#isChosen}} aria-current="true"{{/isChosen}}>{{name}}</a></li>
        {{/frame.themes}}
        </ul>
        </div>
        </details>
        {{#frame.session}}
        <details class="menu">
        <summary>{{user}}</summary>
        <div>
        <p>[[layout.signedInAs]]</p>
        <ul>
        <li><a href="{{home}}account/tokens">[[layout.tokens]]</a></li>
        {{#isAdministrator}}<li><a href="{{home}}admin/">[[layout.administration]]</a></li>{{/isAdministrator}}
        </ul>
        <form method="post" action="{{home}}logout">
        <input type="hidden" name="form" value="{{form}}"><button>[[layout.signOut]]</button>
        </form>
        </div>
        </details>
        {{/frame.session}}
        {{#frame.user}}<span class="who">[[layout.signedInBy]]</span>{{/frame.user}}
        {{#frame.isSignedOut}}<a href="{{home}}{{frame.signIn}}">[[layout.signIn]]</a>{{/frame.isSignedOut}}
        </nav>
        </div>
        </header>
        <main id="main" tabindex="-1">
        {{$main}}{{/main}}
        </main>
        <footer class="bottom">
        <p class="inner">[[layout.footer]]</p>
        </footer>
        </body>
        </html>

        """

    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#7a3b2e" d="M4 30V15a12 12 0 0 1 24 0v15z"/>\
        <path fill="#f3e6d3" d="M9 30V16a7 7 0 0 1 14 0v14z"/><path fill="#7a3b2e" d="M15 12h2v18h-2z"/></svg>

        """

    /// Returns a page as a response.
    ///
    /// - Parameters:
    ///   - html: The page.
    ///   - visit: What it answers.
    ///   - status: The status.
    ///   - keeping: How long it is kept.
    ///   - address: Whether the page's address is a secret.
    ///   - images: Whose images are on it.
    /// - Returns: The response.
    static func response(
        _ html: String, to visit: PageVisit, status: HTTPResponse.Status = .ok, keeping: Keeping = .nowhere,
        address: AddressSecrecy = .open, images: Images = .own
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = keeping.rawValue
        headers[.vary] = "Authorization, PRIVATE-TOKEN, Cookie, Accept-Language"
        headers[.contentSecurityPolicy] = """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src \(images.rawValue); connect-src 'self'; \
            form-action 'self'; base-uri 'none'; frame-ancestors 'none'
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

    /// Returns the style, the script or the icon as a response.
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

    /// Whose images a page loads, as a source list of the Content-Security-Policy.
    enum Images: String {
        case own = "'self'"
        /// Those in the description of a project, too, if the administrator wishes.
        case anySite = "'self' https:"
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
