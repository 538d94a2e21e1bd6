package import PackagingStandards

/// Requests of strangers for accounts, and what administrators decide about them.
public struct Registrations: Sendable {
    /// How long a request waits: seven days, in microseconds.
    static let lifetime: Int64 = 7 * 86_400 * 1_000_000
    /// The most characters of a note.
    public static let longestNote = 200

    let permissions: Permissions
    let database: any RegistrationDatabase
    let clock: WallClock

    /// Throws `.conflict` if no more requests are kept; before work that would be in vain.
    package func requireRoom(from address: IPAddress?) async throws {
        try await database.requireRegistrationRoom(from: Self.network(of: address), at: clock.now())
    }

    /// Keeps a request until an administrator decides. Nothing says whether the name is taken.
    ///
    /// Throws `.invalidRequest` for a name that nobody can have and a note that is no short line, and `.conflict` if no
    /// more requests are kept.
    package func request(_ name: String, passwordHash: String, note: String, from address: IPAddress?) async throws {
        try People.requireValid(name)
        let scalars = note.unicodeScalars
        guard scalars.count <= Self.longestNote, scalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw RegistryError(.invalidRequest, "A note is one line of \(Self.longestNote) characters at most.")
        }
        let now = clock.now()
        try await database.addRegistration(
            NewRegistration(
                name: name, passwordHash: passwordHash, note: note, address: address?.description,
                network: Self.network(of: address), expiresAt: now.adding(microseconds: Self.lifetime)),
            by: ChangeAuthor(.anonymous, at: now))
    }

    /// Returns the requests that wait, the oldest first; for administrators.
    public func all(caller: Caller) async throws -> [Registration] {
        try permissions.requireAdministrator(caller, to: "list requests for accounts")
        return try await database.registrations(at: clock.now())
    }

    /// Adds the person who asked, and returns the request; for administrators. Throws `.notFound`, and `.alreadyExists` if
    /// the name is taken.
    @discardableResult
    public func approve(_ id: Int64, caller: Caller) async throws -> Registration {
        try permissions.requireAdministrator(caller, to: "approve requests for accounts")
        guard let found = try await database.approveRegistration(id, by: ChangeAuthor(caller, at: clock.now())) else {
            throw Self.unknown(id)
        }
        return found
    }

    /// Drops a request, and returns it; for administrators. Throws `.notFound`.
    @discardableResult
    public func reject(_ id: Int64, caller: Caller) async throws -> Registration {
        try permissions.requireAdministrator(caller, to: "reject requests for accounts")
        guard let found = try await database.rejectRegistration(id, by: ChangeAuthor(caller, at: clock.now())) else {
            throw Self.unknown(id)
        }
        return found
    }

    private static func unknown(_ id: Int64) -> RegistryError {
        RegistryError(.notFound, "No request with the number \(id) waits.")
    }

    private static func network(of address: IPAddress?) -> String {
        address.map { IPAddress(bytes: $0.network).description } ?? ""
    }
}
