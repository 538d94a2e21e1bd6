/// What a new server is for, which decides what `cellar init` proposes.
public enum Purpose: String, Sendable, CaseIterable {
    /// One place in a network through which everybody installs from PyPI.
    case lan
    /// A person's own projects, for everybody to install.
    case personal
    /// Private projects of an organisation, beside those of PyPI.
    case organisation

    /// The text for people after the name.
    var text: String {
        switch self {
        case .lan: "a proxy of PyPI for everybody in your network"
        case .personal: "a public index of your own projects"
        case .organisation: "private projects of an organisation, beside those of PyPI"
        }
    }

    /// The answers that fit, by setting.
    var proposals: [String: String] {
        switch self {
        case .lan:
            [
                "server.listen": "0.0.0.0:6543", "index.main.read": "everyone", "index.main.write": "authenticated",
                "index.main.fallback": "cache",
            ]
        case .personal:
            [
                "server.listen": "127.0.0.1:6543", "index.main.read": "everyone", "index.main.write": "authenticated",
                "index.main.fallback": "none",
            ]
        case .organisation:
            [
                "server.listen": "127.0.0.1:6543", "index.main.read": "authenticated",
                "index.main.write": "authenticated", "index.main.fallback": "cache",
            ]
        }
    }
}
