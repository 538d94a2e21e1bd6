import PackagingStandards

/// What an upstream's client takes from the world around it; tests give their own.
struct UpstreamSurroundings: Sendable {
    /// A clock that only goes forward.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    /// The time of day.
    var date: @Sendable () -> Timestamp = { .now() }
    /// A number from 0 up to 1.
    var random: @Sendable () -> Double = { .random(in: 0..<1) }
    /// Waits between two attempts.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// The addresses of a host; may block.
    var lookUp: @Sendable (String) throws -> [IPAddress] = AddressLookup.addresses
    /// Whether links and redirects may not lead to an address.
    var isForbidden: @Sendable (IPAddress) -> Bool = \.isForbidden
    /// The longest time for a page, from its head to its end.
    var pageLimit = Duration.seconds(300)
}
