/// The owner of a token, by name.
public enum TokenOwnerName: Sendable, Hashable, CustomStringConvertible {
    case user(String)
    case group(String)
    case service(String)
    /// A trusted publisher, of which the database that keeps tokens knows no more than this.
    case publisher(NamedOwner)

    /// Makes the owner that a principal names; nil for everyone and for all who log in.
    public init?(_ principal: Principal) {
        switch principal {
        case .everyone, .authenticated: return nil
        case .user(let name): self = .user(name)
        case .group(let name): self = .group(name)
        case .service(let name): self = .service(name)
        }
    }

    /// Makes the name of an owner.
    public init(_ owner: TokenOwner) {
        switch owner {
        case .person(let person): self = .user(person.name)
        case .group(let group): self = .group(group.name)
        case .service(let service): self = .service(service.name)
        case .publisher(let publisher): self = .publisher(NamedOwner(id: publisher.id, name: publisher.name))
        }
    }

    public var description: String {
        switch self {
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        case .service(let name): "service:\(name)"
        case .publisher(let publisher): "publisher:\(publisher.name)"
        }
    }
}
