/// The colours of the pages, as somebody has chosen them.
package enum Theme: String, CaseIterable, Sendable {
    /// As the browser's system wishes.
    case system
    case light
    case dark

    /// Reads what the cookie says; nil for no cookie.
    package init(chosen: String?) {
        self = chosen.flatMap(Theme.init(rawValue:)) ?? .system
    }
}
