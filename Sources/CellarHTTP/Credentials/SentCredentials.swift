import HTTPTypes
import PackagingStandards
import Registry

/// What the headers of a request say of its sender, not verified.
enum SentCredentials: Equatable {
    /// Nothing, or an empty password, which is no attempt to log in: uv and pip send the user name alone before they look
    /// for the password.
    case none
    case password(user: String, password: SentPassword)
    /// A token: as a password whatever the user name, as a bearer token (RFC 6750), or in `PRIVATE-TOKEN`, as GitLab's
    /// clients send it. The user name is kept for its tag.
    case token([UInt8], user: String?)

    /// Reads them.
    ///
    /// - Throws: Why they cannot be read, or contradict each other.
    init(authorization: String?, privateToken: String?) throws(BasicCredentialsError) {
        let named = try authorization.map(Self.read) ?? .none
        guard let privateToken, !privateToken.isEmpty else {
            self = named
            return
        }
        let token = try Self.token(privateToken)
        switch named {
        case .none: self = token
        case .token(let text, _):
            guard case .token(text, _) = token else { throw .twoCredentials }
            self = named
        case .password: throw .twoCredentials
        }
    }

    private static func read(_ authorization: String) throws(BasicCredentialsError) -> SentCredentials {
        if let bearer = bearerToken(authorization) { return try token(bearer) }
        let basic = try BasicCredentials(header: authorization)
        guard !basic.password.isEmpty else { return .none }
        guard TokenText.isMeant(basic.password.bytes) else {
            return .password(user: basic.username, password: basic.password)
        }
        return .token(basic.password.bytes, user: basic.username)
    }

    private static func token(_ text: some StringProtocol) throws(BasicCredentialsError) -> SentCredentials {
        guard text.utf8.count <= BasicCredentials.longestHeader else { throw .tooLong }
        guard TokenText.isMeant(text.utf8) else { throw .noToken }
        return .token(Array(text.utf8), user: nil)
    }

    /// Returns what stands behind `Bearer`, in any case, without the spaces around it; nil for another scheme.
    private static func bearerToken(_ header: String) -> Substring? {
        let scheme = header.utf8.prefix(7)
        guard scheme.elementsEqual("bearer ".utf8, by: { ASCII.lowercased($0) == $1 }) else { return nil }
        var rest = header.dropFirst(7).drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}

extension HTTPField.Name {
    /// The header in which GitLab's clients send a token.
    static let privateToken = HTTPField.Name("PRIVATE-TOKEN")
}
