import Logging
import PackagingStandards
import PasswordAuthentication
import Registry
import ServerConfiguration

extension Installation {
    /// Adds a person, asking for the password twice, or reading it from one line of standard input.
    public func addUser(
        named name: String, isAdministrator: Bool, passwordFromInput: Bool
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            guard UserName.isValid(name) else {
                throw CommandFailure(.usage, NewConfiguration.problem(withAdministrator: name))
            }
            try await using { parts in
                try requireUndeclared(name, in: parts.configuration)
                let people = parts.registry.people
                try await people.requireNoUser(named: name)
                let password = try newPassword(fromInput: passwordFromInput, for: name)
                try await people.add(
                    name, passwordHash: parts.hasher.hash(password), isAdministrator: isAdministrator,
                    caller: .localOperator)
            }
            console.notify("Added the \(isAdministrator ? "administrator" : "user") \(name).")
        }
    }

    /// Prints everybody: name, role, the day of joining, where they are declared or linked, what keeps them out, and
    /// groups.
    public func listUsers() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let users = try await usingRights { parts in
                try await parts.registry.people.all(caller: .localOperator)
            }
            guard !users.isEmpty else { return console.notify("There are no users yet.") }
            let width = (users.map(\.name.count).max() ?? 0) + 2
            for user in users {
                let role = user.isAdministrator ? "administrator" : "user"
                let groups = user.groups.isEmpty ? "" : "  groups: \(user.groups.sorted().joined(separator: ", "))"
                let source = user.isDeclared ? "  in the configuration" : ""
                console.print(
                    "\(user.name.padding(to: width))\(role.padding(to: 15))since \(user.createdAt.iso8601.prefix(10))"
                        + source + Self.standing(of: user) + groups)
            }
        }
    }

    /// Returns who a person is outside, and what keeps them out.
    private static func standing(of user: UserRecord) -> String {
        var words = user.links.map { "  linked: \($0.identity)" + ($0.isGone ? " (gone)" : "") }
        if user.isBlocked {
            words.append("  blocked")
        } else if user.links.isEmpty, !user.hasPassword {
            words.append("  without a password")
        } else if !user.isActive, !user.links.contains(where: \.isGone) {
            words.append("  not confirmed for too long")
        }
        return words.joined()
    }

    /// Shuts a person out, or lets them in again.
    public func setBlocked(_ isBlocked: Bool, user name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let isChange = try await using { parts in
                try requireUndeclared(name, in: parts.configuration)
                return try await parts.registry.people.setBlocked(isBlocked, ofUser: name, caller: .localOperator)
            }
            let state = isBlocked ? "blocked" : "not blocked"
            console.notify("\(name) \(isChange ? "is \(state) from now on" : "was \(state) before").")
        }
    }

    /// Links a person to an identity outside.
    public func linkUser(
        named name: String, provider: String, subject: String
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let isChange = try await using { parts in
                try requireUndeclared(name, in: parts.configuration)
                return try await parts.registry.people.link(
                    name, provider: provider, subject: subject, caller: .localOperator)
            }
            console.notify("\(name) \(isChange ? "is" : "was already") linked to \(provider) \(subject).")
        }
    }

    /// Ends a person's link to a provider outside.
    public func unlinkUser(named name: String, provider: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let isChange = try await using { parts in
                try await parts.registry.people.unlink(name, provider: provider, caller: .localOperator)
            }
            console.notify("\(name) \(isChange ? "is not linked to \(provider) any more" : "was not linked to it").")
        }
    }

    /// Sets a person's password.
    public func setPassword(ofUser name: String, passwordFromInput: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await using { parts in
                try requireUndeclared(name, in: parts.configuration)
                let people = parts.registry.people
                try await people.requireChangeableUser(named: name)
                let password = try newPassword(fromInput: passwordFromInput, for: name)
                try await people.setPasswordHash(
                    parts.hasher.hash(password), ofUser: name, caller: .localOperator)
            }
            console.notify("\(name) has a new password; the old one is refused from now on.")
        }
    }

    /// Makes a person an administrator, or one no longer.
    public func setAdministrator(_ isAdministrator: Bool, user name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let isChange = try await using { parts in
                try requireUndeclared(name, in: parts.configuration)
                return try await parts.registry.people.setAdministrator(
                    isAdministrator, ofUser: name, caller: .localOperator)
            }
            let role = isAdministrator ? "an administrator" : "no administrator"
            console.notify("\(name) \(isChange ? "is \(role) from now on" : "was \(role) before").")
        }
    }

    /// Removes a person.
    public func removeUser(named name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await using { parts in
                try requireUndeclared(name, in: parts.configuration)
                try await parts.registry.people.remove(name, caller: .localOperator)
            }
            console.notify("Removed \(name).")
        }
    }

    /// Prints the hash of a password, which is asked for twice, or read from one line of standard input if that is no
    /// terminal.
    public func hashPassword() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let password = try newPassword(fromInput: !console.isInteractive)
            console.print(try await PasswordHasher().hash(password))
        }
    }

    /// Refuses to change somebody whom the configuration declares, also if no server has started with it yet.
    func requireUndeclared(_ name: String, in configuration: ServerConfiguration) throws {
        let declared = configuration.declaration.people.first { $0.name.lowercased() == name.lowercased() }
        if let declared { throw RegistryError(declaredUser: declared.name) }
    }

    private func newPassword(fromInput: Bool, for name: String? = nil) throws -> String {
        guard fromInput || console.isInteractive else {
            throw CommandFailure(
                .usage, "There is no terminal to ask for a password: pass it on standard input with --password-stdin.")
        }
        let prompt = name.map { "New password for \($0): " } ?? "New password: "
        let password = fromInput ? console.readLine() : console.readSecret(prompt)
        guard let password else { throw CommandFailure(.usage, "No password was given.") }
        if let problem = NewPassword.problem(with: password) { throw CommandFailure(.usage, problem) }
        guard fromInput || console.readSecret("The same again: ") == password else {
            throw CommandFailure(.usage, "The two passwords are not the same; nothing was changed.")
        }
        return password
    }

    /// Opens the installation for a command, which logs only what goes wrong.
    ///
    /// Throws `.unavailable` if no installation is named and there is none in the working directory.
    func using<Value: Sendable>(
        _ lock: InstallationLock.Mode = .shared, _ work: (Parts) async throws -> Value
    ) async throws -> Value {
        let configuration = try configuration()
        try place.requireInstallation(of: configuration, adapters: adapters)
        let console = self.console
        let sink = LogSink { console.notify(String(decoding: $0.dropLast(), as: UTF8.self)) }
        defer { sink.flush() }
        let handler = LineLogHandler(format: .human, level: .warning, sink: sink)
        let logger = Logger(label: "cellar", factory: { _ in handler })
        return try await Parts.using(
            configuration, adapters: adapters, environment: environment, lock: lock, logger: logger, work)
    }
}
