import PackagingStandards

/// Counts wrong passwords together with the other servers, so that n of them do not allow n times as many guesses. Alone, a
/// server counts in memory only.
public struct SharedGuesses: Sendable {
    private let database: any GuessDatabase & InstallationDatabase
    private let replicas: Replicas

    init(database: any GuessDatabase & InstallationDatabase, replicas: Replicas) {
        self.database = database
        self.replicas = replicas
    }

    /// A guess that was counted for all servers; nil without others.
    public struct Counted: Sendable {
        fileprivate let pair: String
    }

    /// What becomes of a guess.
    public enum Ruling: Sendable {
        /// It may be made; nil if no other server is at work.
        case made(Counted?)
        /// The next one may be made after this time.
        case delayed(Duration)
    }

    /// Counts a guess, if it may be made now.
    ///
    /// - Parameters:
    ///   - user: The name of the user, as it is compared.
    ///   - network: Where it comes from.
    ///   - delay: Returns how long nobody may guess after so many.
    /// - Returns: Whether it may be made.
    /// - Throws: What the database does.
    public func count(
        user: [UInt8], network: [UInt8], delay: @escaping @Sendable (_ count: Int) -> Duration
    ) async throws -> Ruling {
        guard !replicas.others.isEmpty else { return .made(nil) }
        // The name's length keeps ("a", "bc") and ("ab", "c") apart.
        let id = try await database.installationID()
        let text = Array("\(id) \(user.count) ".utf8) + user + network
        let pair = SHA256Digest(hashing: text).description
        let wait = try await database.countGuess(pair) { delay($0).inMicroseconds }
        return wait.map { .delayed(.microseconds($0)) } ?? .made(Counted(pair: pair))
    }

    /// Forgets the guesses of a user from a network: one was right. If that fails, they are forgotten in time.
    public func succeeded(_ counted: Counted?) async {
        if let counted { try? await database.forgetGuesses(counted.pair) }
    }

    /// Takes back a guess of which nobody knows whether it was right.
    public func abandoned(_ counted: Counted?) async {
        if let counted { try? await database.takeBackGuess(counted.pair) }
    }
}
