import PackagingStandards
import Registry

/// What stands around every page: who is signed in, the switches, and where the links lead.
struct Frame {
    /// What the template of the layout names, as `frame.…`.
    let names: [String: Any]

    /// Makes the frame of a page; one whose address is a secret has no link that leads back to it.
    init(_ visit: PageVisit, isSecret: Bool) {
        let place = isSecret ? nil : visit.place
        var names: [String: Any] = [
            "language": visit.language.rawValue,
            "languages": Language.allCases.map { language in
                Switch(
                    name: language.name, code: language.rawValue, isChosen: language == visit.language,
                    link: Self.link("language", language.rawValue, place))
            },
            "themes": Theme.allCases.map { theme in
                Switch(
                    name: Self.name(of: theme, visit), code: theme.rawValue, isChosen: theme == visit.theme,
                    link: Self.link("theme", theme.rawValue, place))
            },
            "signIn": "login" + Self.next(place),
            "isSignedOut": !visit.caller.isKnown,
            "search": Self.search(in: place),
        ]
        if visit.theme != .system { names["theme"] = visit.theme.rawValue }
        if let session = visit.session {
            names["session"] =
                [
                    "user": session.person.name, "form": FormGuard.session.token(for: visit) ?? "",
                    "isAdministrator": session.person.isAdministrator,
                ] as [String: Any]
        } else if visit.caller.isKnown {
            names["user"] = visit.caller.name
        }
        self.names = names
    }

    /// A choice of a switch.
    private struct Switch {
        let name: String
        let code: String
        let isChosen: Bool
        /// To the same page, relative to it.
        let link: String
    }

    private static func name(of theme: Theme, _ visit: PageVisit) -> String {
        switch theme {
        case .system: visit.text("layout.theme.system")
        case .light: visit.text("layout.theme.light")
        case .dark: visit.text("layout.theme.dark")
        }
    }

    /// Returns a link to the same page that makes a choice.
    private static func link(_ name: String, _ value: String, _ place: LocalPath?) -> String {
        (["?"] + (place?.query ?? []).map { "\($0)&" } + ["\(name)=\(value)"]).joined()
    }

    /// Returns the parameter that leads back here; nothing for the front page, where people come anyway.
    private static func next(_ place: LocalPath?) -> String {
        guard let place, place != .front, place.path != "/login" else { return "" }
        return "?next=\(place.queryText)"
    }

    /// Returns what was searched for, if this is such a page.
    private static func search(in place: LocalPath?) -> String {
        guard let place, place.path == "/search", let query = place.query.first(where: { $0.hasPrefix("q=") }) else {
            return ""
        }
        let bytes = query.dropFirst(2).utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: PercentCoding.decode(bytes) ?? [], as: UTF8.self)
    }
}
