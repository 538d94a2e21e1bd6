import PackagingStandards
import Registry
import ServerConfiguration

extension Installation {
    // MARK: Invitations

    /// Makes an invitation, and prints its link alone.
    public func invite(
        named name: String?, isAdministrator: Bool, groups: [String], expires: String?
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let seconds = try Self.seconds(
                expires, in: InvitationOrder.lifetimes, from: "15m to 30d, such as 12h or 3d")
            let (issued, server) = try await usingRights { parts in
                if let name { try requireUndeclared(name, in: parts.configuration) }
                let order = InvitationOrder(
                    name: name, isAdministrator: isAdministrator, groups: Set(groups), seconds: seconds)
                return (
                    try await parts.registry.links.invite(order, caller: .localOperator), parts.configuration.server
                )
            }
            let invitation = issued.invitation
            show(
                issued.path,
                "Whoever opens this link becomes \(Self.role(of: invitation)); it works once, until "
                    + "\(Self.minute(of: invitation.expiresAt)). This is the only time that it is shown:", server)
        }
    }

    /// Prints the open invitations.
    public func listInvitations() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let found = try await usingRights { try await $0.registry.links.invitations(caller: .localOperator) }
            guard !found.isEmpty else { return console.notify("No invitation is open.") }
            let width = (found.map { "\($0.id)".count }.max() ?? 0) + 3
            for invitation in found {
                console.print(
                    """
                    \("#\(invitation.id)".padding(to: width))for \(Self.role(of: invitation)), by \
                    \(invitation.maker.name), until \(Self.minute(of: invitation.expiresAt))
                    """)
            }
        }
    }

    /// Takes an invitation back, by the name of the invited person or by its number, such as `#3`.
    public func removeInvitation(_ text: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let removed = try await usingRights { parts in
                let links = parts.registry.links
                let found = try await links.invitations(caller: .localOperator).filter { invitation in
                    text == "#\(invitation.id)" || invitation.name?.lowercased() == text.lowercased()
                }
                guard let one = found.first else {
                    throw CommandFailure(.failed, "There is no open invitation \(text): see `cellar user invitations`.")
                }
                try Self.requireOne(found.map(\.id), of: text)
                return try await links.removeInvitation(one.id, caller: .localOperator)
            }
            console.notify("Took back invitation #\(removed.id), for \(Self.role(of: removed)).")
        }
    }

    // MARK: Password resets

    /// Makes a link with which a person sets a new password, and prints it alone.
    public func resetPassword(ofUser name: String, expires: String?) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let seconds = try Self.seconds(expires, in: IssuedReset.lifetimes, from: "15m to 7d, such as 12h or 2d")
            let (issued, server) = try await usingRights { parts in
                try requireUndeclared(name, in: parts.configuration)
                return (
                    try await parts.registry.links.makeReset(ofUser: name, lasting: seconds, caller: .localOperator),
                    parts.configuration.server
                )
            }
            show(
                issued.path,
                "With this link \(issued.userName) sets a new password; it works once, until "
                    + "\(Self.minute(of: issued.expiresAt)). This is the only time that it is shown:", server)
        }
    }

    // MARK: Requests for accounts

    /// Prints the requests that wait.
    public func listRequests() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let found = try await usingRights { try await $0.registry.registrations.all(caller: .localOperator) }
            guard !found.isEmpty else { return console.notify("Nobody asks for an account.") }
            let width = (found.map { "\($0.id)".count }.max() ?? 0) + 3
            for request in found {
                let taken = request.isNameTaken ? " (the name is taken)" : ""
                let note = request.note.isEmpty ? "" : ": \(ShownText.quoted(request.note.utf8))"
                console.print(
                    """
                    \("#\(request.id)".padding(to: width))\(request.name)\(taken), at \
                    \(Self.minute(of: request.createdAt)) from \(request.address ?? "nowhere")\(note)
                    """)
            }
        }
    }

    /// Adds the person who asked.
    public func approve(_ text: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let approved = try await usingRights { parts in
                try requireUndeclared(text, in: parts.configuration)
                let id = try await Self.request(text, parts)
                return try await parts.registry.registrations.approve(id, caller: .localOperator)
            }
            console.notify("Added the user \(approved.name), who can sign in now.")
        }
    }

    /// Drops a request.
    public func reject(_ text: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let rejected = try await usingRights { parts in
                try await parts.registry.registrations.reject(
                    try await Self.request(text, parts), caller: .localOperator)
            }
            console.notify("Dropped the request of \(rejected.name).")
        }
    }

    /// Returns the number of the request that a name or a number means.
    private static func request(_ text: String, _ parts: Parts) async throws -> Int64 {
        let found = try await parts.registry.registrations.all(caller: .localOperator).filter { request in
            text == "#\(request.id)" || request.name.lowercased() == text.lowercased()
        }
        guard let one = found.first else {
            throw CommandFailure(.failed, "There is no request \(text): see `cellar user requests`.")
        }
        try requireOne(found.map(\.id), of: text)
        return one.id
    }

    // MARK: Words

    private static func requireOne(_ ids: [Int64], of text: String) throws {
        guard ids.count == 1 else {
            let numbers = ids.map { "#\($0)" }.joined(separator: ", ")
            throw CommandFailure(.usage, "\(numbers) are all called \(text): say the number of one.")
        }
    }

    /// Prints a link alone on standard output, after a sentence for people.
    private func show(_ path: String, _ sentence: String, _ server: ServerSettings) {
        console.notify(sentence)
        if server.baseURL == nil {
            console.notify("(Put the address of the server before it, or set server.base_url.)")
        }
        console.print((server.baseURL?.description ?? "") + path)
    }

    private static func role(of invitation: Invitation) -> String {
        let role = invitation.isAdministrator ? "administrator" : "user"
        let name = invitation.name.map { "the \(role) \($0)" } ?? (invitation.isAdministrator ? "an " : "a ") + role
        guard !invitation.groups.isEmpty else { return name }
        return "\(name) in \(invitation.groups.sorted().joined(separator: ", "))"
    }

    private static func minute(of moment: Timestamp) -> String { "\(moment.iso8601.prefix(16))Z" }

    private static func seconds(
        _ text: String?, in range: ClosedRange<Int64>, from words: String
    ) throws -> Int64? {
        guard let text else { return nil }
        guard let seconds = TimeLength.read(text)?.components.seconds, range.contains(seconds) else {
            throw CommandFailure(.usage, "--expires must be from \(words); not \(text).")
        }
        return seconds
    }
}
