/// A place outside of this server that knows people and proves who they are.
public struct OutsideProvider: Sendable, Hashable, CustomStringConvertible {
    /// `ldap`, `authenticator`, or `sso:` and the name of a provider of single sign-on.
    public let description: String

    /// The directory of `[ldap]`.
    public static let ldap = OutsideProvider(known: "ldap")
    /// The service of `[authenticator]`.
    public static let authenticator = OutsideProvider(known: "authenticator")

    private init(known: String) {
        description = known
    }

    /// Reads the name of a provider; nil for a text that is none.
    public init?(_ text: String) {
        let name = text.utf8.starts(with: "sso:".utf8) ? String(text.dropFirst(4)) : nil
        guard text == "ldap" || text == "authenticator" || name.map(UserName.isValid) == true else { return nil }
        description = text
    }

    /// Whether people prove who they are with a password, which this server hands on.
    public var takesPasswords: Bool { self == .ldap || self == .authenticator }
}

/// Somebody as an outside provider knows them, whatever they are called there or here.
public struct OutsideIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The most characters of a subject, as Unicode counts scalars.
    public static let longestSubject = 512

    public let provider: OutsideProvider
    /// What the provider never gives to anybody else, such as an entryUUID.
    public let subject: String

    /// Makes an identity; nil for a subject that is empty, too long, or has control characters.
    public init?(_ provider: OutsideProvider, subject: String) {
        guard (1...Self.longestSubject).contains(subject.unicodeScalars.count),
            subject.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.provider = provider
        self.subject = subject
    }

    public var description: String { "\(provider) \(subject)" }
}

/// Somebody who has proved to an outside provider who they are, as that describes them at this moment.
public struct ProvenPerson: Sendable, Hashable {
    /// The most groups that count.
    public static let mostGroups = 1000

    public let identity: OutsideIdentity
    /// The name that they are to have here, if they have none yet: without white space around it, and perhaps none that a
    /// user can have.
    public let name: String
    /// The names of their groups that a group here can have; of more than `mostGroups` the first in order.
    public let groups: Set<String>
    /// Whether they are an administrator; nil if the provider does not say.
    public let isAdministrator: Bool?
    /// Whether the provider is asked, again and again, if it still has them.
    public let isWatched: Bool

    public init(
        _ identity: OutsideIdentity, name: String, groups: some Sequence<String> = [], isAdministrator: Bool? = nil,
        isWatched: Bool = false
    ) {
        self.identity = identity
        let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        let scalars = name.unicodeScalars.drop(while: isSpace)
        let end = scalars.lastIndex { !isSpace($0) }.map { scalars.index(after: $0) } ?? scalars.startIndex
        self.name = String(scalars[scalars.startIndex..<end])
        let possible = Set(groups.filter(UserName.isValid))
        self.groups =
            possible.count > Self.mostGroups ? Set(possible.sorted().prefix(Self.mostGroups)) : possible
        self.isAdministrator = isAdministrator
        self.isWatched = isWatched
    }
}
