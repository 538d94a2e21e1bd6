/// A bug that can be put in on purpose, to see that the simulation finds it.
enum Bug: String, CaseIterable {
    /// A replica believes that nothing has changed since its last look.
    case staleMark = "stale-mark"
    /// A sweep takes bytes without looking whether a file names them by now.
    case blindSweep = "blind-sweep"
    /// A publish does not look whether its bytes were removed after it had stored them.
    case blindPublish = "blind-publish"
    /// A commit forgets to leave the manifests that are to be written.
    case forgottenManifest = "forgotten-manifest"
    /// The store answers a write before it is done, and forgets it if the replica dies at once.
    case hastyStore = "hasty-store"
    /// A change does not count: its serial is that of the last one.
    case sameSerial = "same-serial"
    /// A lease is taken though somebody else holds it.
    case openLease = "open-lease"

    /// A part of a statement, and what stands in its place; nil leaves the whole statement out.
    var change: (part: String, other: String?)? {
        switch self {
        case .staleMark, .hastyStore: nil
        case .blindSweep:
            ("AND filename = ?2 AND state = 'published' LIMIT 1", "AND filename = ?2 AND state = 'x' LIMIT 1")
        case .blindPublish: ("removed_as > CAST(?3 AS BIGINT)", "removed_as > CAST(?3 AS BIGINT) + 1000000")
        case .forgottenManifest: ("VALUES ('manifest', ?1, ?2)", nil)
        case .openLease: ("WHERE leases.holder = excluded.holder OR", "WHERE 1 = 1 OR")
        case .sameSerial: ("SET serial = serial + 1", "SET serial = serial")
        }
    }
}
