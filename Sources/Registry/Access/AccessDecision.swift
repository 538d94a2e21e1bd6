/// The one place that decides who may do what.
///
/// Every route, page, list and command asks here, with the project's normalized name already in hand.
public enum AccessDecision {
    /// Whether a caller holds a right in an index.
    ///
    /// A project's own grants replace the index's lists (pypicloud's rule); write does not imply read; administrators
    /// hold every right.
    ///
    /// - Parameters:
    ///   - right: What the caller wants to do.
    ///   - caller: Who wants it.
    ///   - index: The index's settings.
    ///   - grants: The project's own lists; nil where it has none.
    /// - Returns: Whether the caller may.
    public static func allows(
        _ right: Right, to caller: Caller, in index: IndexSettings, grants: AccessLists? = nil
    ) -> Bool {
        if caller.isAdministrator { return true }
        let holders = (grants ?? index.access).principals(holding: right)
        return holders.contains { includes(caller, in: $0) }
    }

    /// Whether a caller sees all that an index's upstreams have: whoever may make it fetch files, and anonymous callers
    /// if a login could give them that right. They are asked for it at the download.
    static func mayAskUpstreams(_ caller: Caller, in index: IndexSettings) -> Bool {
        allows(.cacheUpdate, to: caller, in: index)
            || (!caller.isKnown && !index.access.principals(holding: .cacheUpdate).isEmpty)
    }

    private static func includes(_ caller: Caller, in principal: Principal) -> Bool {
        switch (principal, caller) {
        case (.everyone, _): true
        case (.authenticated, _): caller.isKnown
        case (.user(let name), .person(let person)): person.name == name
        case (.group(let name), .person(let person)): person.groups.contains(name)
        default: false
        }
    }
}
