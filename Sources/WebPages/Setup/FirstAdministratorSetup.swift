/// How the visitor of the one-time link makes the first administrator.
package struct FirstAdministratorSetup: Sendable {
    /// What a link is worth.
    package enum LinkState: Sendable {
        /// It is the link, and there is no administrator yet.
        case open
        /// It is the link, but there is an administrator now.
        case used
        /// It is not the link.
        case unknown
    }

    let userCommand: String
    let state: @Sendable (_ token: String) async throws -> LinkState
    let passwordProblem: @Sendable (_ password: String) -> String?
    let create: @Sendable (_ name: String, _ password: String) async throws -> Bool

    /// Says how.
    ///
    /// - Parameters:
    ///   - userCommand: The command that adds people, as it must be typed on the server.
    ///   - state: What the link with a token is worth; compares in constant time.
    ///   - passwordProblem: Why a password can't be used, as a sentence, or nil if it can.
    ///   - create: Makes the administrator; returns false, and does nothing, if there is one already.
    package init(
        userCommand: String,
        state: @escaping @Sendable (_ token: String) async throws -> LinkState,
        passwordProblem: @escaping @Sendable (_ password: String) -> String?,
        create: @escaping @Sendable (_ name: String, _ password: String) async throws -> Bool
    ) {
        self.userCommand = userCommand
        self.state = state
        self.passwordProblem = passwordProblem
        self.create = create
    }
}
