/// The role of the database that says which bytes in storage may still be named.
///
/// Whoever stores bytes and then names them needs it: publishing, caching and pinning.
public protocol RemovalDatabase: Sendable {
    /// Returns the number of the last removal of bytes, by a sweep or a purge, that has ended.
    ///
    /// Ask before bytes are stored, and state it when they are named: bytes that were stored before a later removal of
    /// the same blob ended may be gone, and naming them is answered `.beingSwept`.
    func removals() async throws -> Int64
}
