import PasswordAuthentication
import Registry
import ServerConfiguration
import WebPages

/// How a new server gets its first administrator: from the configuration, or by a one-time link. There is no default
/// password.
enum FirstAdministrator {
    /// The name of the administrator whose password the configuration sets.
    static let configuredName = "admin"

    /// Adds the administrator of the configuration if there is none yet.
    ///
    /// - Returns: The link to print; nil if there is an administrator now.
    static func prepare(_ parts: Parts) async throws -> SetupLink? {
        if try await parts.registry.people.hasAdministrator() { return nil }
        guard let password = parts.configuration.server.adminPassword?.reveal() else {
            return SetupLink(token: try await parts.database.setupSecret(orElse: SetupLink().token))
        }
        if let problem = NewPassword.problem(with: password) {
            throw CommandFailure(.configuration, "server.admin_password cannot be used. \(problem)")
        }
        _ = try await parts.registry.people.addFirstAdministrator(
            configuredName, passwordHash: parts.hasher.hash(password), actor: Caller.localOperator.name)
        return nil
    }

    /// Returns what the page of the link needs.
    static func setup(_ link: SetupLink, _ parts: Parts, userCommand: String) -> FirstAdministratorSetup {
        let people = parts.registry.people
        let hasher = parts.hasher
        return FirstAdministratorSetup(
            userCommand: userCommand,
            state: { token in
                guard link.matches(token) else { return .unknown }
                return try await people.hasAdministrator() ? .used : .open
            },
            passwordProblem: { NewPassword.problem(with: $0) },
            create: { name, password in
                try await people.addFirstAdministrator(name, passwordHash: hasher.hash(password), actor: name)
            })
    }
}
