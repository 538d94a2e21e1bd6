/// Somebody whom a list of the configuration names.
public enum Principal: Hashable, Sendable, CustomStringConvertible {
    /// Anybody, known or not.
    case everyone
    /// Anybody who has proved who they are.
    case authenticated
    /// The person of this name.
    case user(String)
    /// The members of the group of this name.
    case group(String)

    /// Reads `everyone`, `authenticated`, `user:<name>` or `group:<name>`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "everyone": self = .everyone
        case "authenticated": self = .authenticated
        default:
            guard let colon = text.firstIndex(of: ":") else { return nil }
            let name = String(text[text.index(after: colon)...])
            guard UserName.isValid(name) else { return nil }
            switch text[..<colon] {
            case "user": self = .user(name)
            case "group": self = .group(name)
            default: return nil
            }
        }
    }

    public var description: String {
        switch self {
        case .everyone: "everyone"
        case .authenticated: "authenticated"
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        }
    }
}
