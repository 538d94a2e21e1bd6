import HTTPTypes

/// A cookie that the pages for people set.
///
/// Under https its name begins with `__Host-`, so that browsers take it from no other host and from no plain connection
/// (RFC 6265bis §4.1.3.2). Pages of other sites send it only when they lead to a page here (`SameSite=Lax`).
package enum BrowserCookie: String, Sendable {
    /// The token of a browser session (decision 27).
    case session = "cellar_session"
    /// A secret of which the tokens in the forms of strangers are made.
    case form = "cellar_form"
    /// What a browser takes along to a provider of single sign-on (decision 29).
    case signOn = "cellar_sso"
    /// The language that somebody has chosen.
    case language = "cellar_language"
    /// The colours that somebody has chosen.
    case theme = "cellar_theme"

    /// How many cookies of one name are looked at; browsers send several if their paths differ.
    private static let most = 3

    /// Returns the values of this cookie in the fields of a request.
    func values(in fields: HTTPFields, isEncrypted: Bool) -> [String] {
        let start = name(isEncrypted: isEncrypted) + "="
        var values: [String] = []
        for field in fields[values: .cookie] {
            for part in field.split(separator: ";") {
                let pair = part.drop { $0 == " " || $0 == "\t" }
                guard pair.hasPrefix(start), values.count < Self.most else { continue }
                values.append(String(pair.dropFirst(start.count)))
            }
        }
        return values
    }

    /// Returns the `Set-Cookie` field with a value.
    ///
    /// - Parameters:
    ///   - value: The value; empty to clear the cookie.
    ///   - isEncrypted: Whether the browser speaks https.
    ///   - maxAge: How many seconds the browser keeps it; nil until it is closed.
    /// - Returns: The field's value.
    package func field(_ value: String, isEncrypted: Bool, maxAge: Int64?) -> String {
        var field = "\(name(isEncrypted: isEncrypted))=\(value); Path=/; HttpOnly; SameSite=Lax"
        if isEncrypted { field += "; Secure" }
        if let maxAge { field += "; Max-Age=\(maxAge)" }
        return field
    }

    private func name(isEncrypted: Bool) -> String {
        isEncrypted ? "__Host-\(rawValue)" : rawValue
    }
}
