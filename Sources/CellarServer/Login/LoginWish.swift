/// What `cellar login` is asked to do.
public struct LoginWish: Sendable {
    /// The address of the server.
    public var server: String
    /// Nil to ask for it; a token needs none.
    public var user: String?
    /// Whether the password, or a token, is one line of standard input.
    public var readsInput: Bool
    /// Such as `4h`; nil for an hour.
    public var lifetime: String?
    /// Whether the password may be sent without encryption to another machine.
    public var allowsPlainHTTP: Bool

    public init(server: String, user: String?, readsInput: Bool, lifetime: String?, allowsPlainHTTP: Bool) {
        self.server = server
        self.user = user
        self.readsInput = readsInput
        self.lifetime = lifetime
        self.allowsPlainHTTP = allowsPlainHTTP
    }
}
