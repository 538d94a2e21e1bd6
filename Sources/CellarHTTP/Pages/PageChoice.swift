import Registry

/// The form and the coding in which a request gets a page. Router and fast lane both choose here.
struct PageChoice {
    let form: PageForm
    let encoding: RenderedPage.Encoding

    /// Chooses by `Accept` and `Accept-Encoding`; `format` is the address's `?format=`, which decides the form alone.
    ///
    /// Throws `.notAcceptable` if nothing is accepted that is made here.
    init(for conditions: RequestConditions, format: String? = nil) throws {
        guard let form = PageForm.negotiated(accept: conditions.accept, format: format) else {
            throw RegistryError(
                .notAcceptable,
                """
                None of the forms asked for is made here: ask for application/vnd.pypi.simple.v1+json, \
                application/vnd.pypi.simple.v1+html or text/html.
                """)
        }
        self.form = form
        encoding = try Self.encoding(for: conditions)
    }

    /// Returns the coding that a request would like best. Throws `.notAcceptable`.
    static func encoding(for conditions: RequestConditions) throws -> RenderedPage.Encoding {
        switch ContentEncoding.negotiated(conditions.acceptEncoding) {
        case .identity: return .identity
        case .gzip: return .gzip
        case .zstd: return .zstd
        case nil:
            throw RegistryError(.notAcceptable, "None of the codings in Accept-Encoding is made here: use identity.")
        }
    }

    /// How the page is written: both HTML forms are the same bytes.
    var writtenForm: PageKey.Form {
        switch form {
        case .json: .json
        case .html, .textHTML: .html
        }
    }
}
