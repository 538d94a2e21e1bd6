public import PackagingStandards

/// Who makes a change, and when.
public struct ChangeAuthor: Sendable, Hashable {
    /// The name that audit and manifests keep.
    public let name: String
    /// The person's id, or nil for the server's own commands.
    public let userID: Int64?
    public let at: Timestamp

    public init(name: String, userID: Int64?, at: Timestamp) {
        self.name = name
        self.userID = userID
        self.at = at
    }

    /// The author of a change that a caller makes at a moment.
    init(_ caller: Caller, at moment: Timestamp) {
        let id: Int64? = if case .person(let person) = caller { person.id } else { nil }
        self.init(name: caller.name, userID: id, at: moment)
    }
}
