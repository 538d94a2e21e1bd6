public import PackagingStandards

/// The role of the database that keeps the requests of strangers for accounts, until somebody decides.
///
/// What has expired is found by nobody, and removed when another request comes.
public protocol RegistrationDatabase: Sendable {
    /// Throws `.conflict` if no more requests are kept: of all, or of one network.
    func requireRegistrationRoom(from network: String, at moment: Timestamp) async throws

    /// Adds a request. Others may ask for the same name. Throws as `requireRegistrationRoom(from:at:)`.
    func addRegistration(_ registration: NewRegistration, by change: ChangeAuthor) async throws

    /// Returns the requests that wait at a moment, the oldest first.
    func registrations(at moment: Timestamp) async throws -> [Registration]

    /// Adds the person who asked, with the password that they chose, and drops all requests for the name.
    ///
    /// Returns the request, or nil if none waits with this id. Throws `.alreadyExists` if the name is taken.
    func approveRegistration(_ id: Int64, by change: ChangeAuthor) async throws -> Registration?

    /// Drops a request. Returns it, or nil if none waits with this id.
    func rejectRegistration(_ id: Int64, by change: ChangeAuthor) async throws -> Registration?
}

/// A request for an account.
public struct NewRegistration: Sendable {
    public var name: String
    public var passwordHash: String
    /// What they said of themselves: one line, perhaps empty.
    public var note: String
    /// The address that they asked from, for people; nil for none.
    public var address: String?
    /// What counts as one source.
    public var network: String
    public var expiresAt: Timestamp

    public init(
        name: String, passwordHash: String, note: String, address: String?, network: String, expiresAt: Timestamp
    ) {
        self.name = name
        self.passwordHash = passwordHash
        self.note = note
        self.address = address
        self.network = network
        self.expiresAt = expiresAt
    }
}

/// A request for an account that waits.
public struct Registration: Sendable, Hashable {
    /// The most that wait at once.
    public static let most: Int64 = 100
    /// The most that wait at once from one network.
    public static let mostOfOneNetwork: Int64 = 5

    public let id: Int64
    public let name: String
    public let note: String
    public let address: String?
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    /// Whether there is a person of this name: then it cannot be approved.
    public let isNameTaken: Bool

    public init(
        id: Int64, name: String, note: String, address: String?, createdAt: Timestamp, expiresAt: Timestamp,
        isNameTaken: Bool
    ) {
        self.id = id
        self.name = name
        self.note = note
        self.address = address
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isNameTaken = isNameTaken
    }
}
