import PackagingStandards

/// Forgets the pages of upstreams that nobody asks for any more.
public struct PageExpiry: Sendable {
    let settings: [UpstreamSettings]
    let database: any UpstreamDatabase
    let clock: WallClock

    /// The most pages that are forgotten in one transaction.
    private static let pagesAtOnce = 200
    /// The shortest time, in seconds, for which a page that nobody asks for is kept.
    private static let shortestMemory: Int64 = 30 * 24 * 3600

    /// Forgets upstreams' pages that nobody has asked for since they became too old to be served, and the pins of their
    /// files, except for projects with cached files. So what anybody can make this server request does not stay
    /// forever.
    ///
    /// - Returns: The number of forgotten pages.
    /// - Throws: What the database does.
    public func expire() async throws -> Int {
        var count = 0
        for settings in settings {
            let memory = max(settings.maxStale, Self.shortestMemory)
            let moment = clock.now().adding(microseconds: -memory * 1_000_000)
            while true {
                let expired = try await database.expireUpstreamPages(
                    from: settings.id, confirmedBefore: moment, limit: Self.pagesAtOnce)
                count += expired
                guard expired == Self.pagesAtOnce else { break }
            }
        }
        return count
    }
}
