/// A language of the pages.
package enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case japanese = "ja"

    /// The language's own name.
    var name: String {
        switch self {
        case .english: "English"
        case .japanese: "日本語"
        }
    }

    /// Returns the language for a browser: the one that its user has chosen, else the one that it likes best (RFC 9110
    /// §12.5.4), else English.
    ///
    /// - Parameters:
    ///   - chosen: What the cookie says; nil if there is none.
    ///   - accepted: The value of `Accept-Language`; nil if there is none.
    package init(chosen: String?, accepted: String?) {
        self = chosen.flatMap(Language.init(rawValue:)) ?? accepted.flatMap(Language.init(accepted:)) ?? .english
    }

    /// How many ranges of a header are looked at.
    private static let most = 20

    private init?(accepted: String) {
        var best: (language: Language, quality: Double)?
        for range in accepted.split(separator: ",").prefix(Self.most) {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let tag = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            let quality = min(weight ?? 1, 1)
            guard quality > (best?.quality ?? 0) else { continue }
            let primary = tag.prefix { $0 != "-" }.lowercased()
            guard let language = primary == "*" ? .english : Language(rawValue: primary) else { continue }
            best = (language, quality)
        }
        guard let best else { return nil }
        self = best.language
    }
}
