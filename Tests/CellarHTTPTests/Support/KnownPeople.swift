import Registry

/// Recognizes people by passwords that are written here.
struct KnownPeople: Authenticator {
    static let alice = Person(id: 1, name: "alice", isAdministrator: false, groups: [])
    static let bob = Person(id: 2, name: "bob", isAdministrator: false, groups: [])
    static let root = Person(id: 3, name: "root", isAdministrator: true, groups: [])

    func knownCaller(for credentials: Credentials) -> Caller? {
        guard case .password(let user, "secret") = credentials else { return nil }
        return [Self.alice, Self.bob, Self.root].first { $0.name == user }.map(Caller.person)
    }

    func caller(for credentials: Credentials) async throws -> Caller {
        guard let caller = knownCaller(for: credentials) else {
            throw RegistryError(.wrongCredentials, "The user name or the password is wrong.")
        }
        return caller
    }
}
