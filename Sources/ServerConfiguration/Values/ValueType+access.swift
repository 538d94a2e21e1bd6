import Registry

extension ValueType where Value == [Principal] {
    /// Who holds a right.
    static let principals = ValueType<Principal>.text(
        "principal",
        expected: "\"everyone\", \"authenticated\", \"user:<name>\" or \"group:<name>\"",
        write: { $0.description }
    ) { Principal($0) }
    .list(named: "list of principals")
}
