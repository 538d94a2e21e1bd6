/// The role of the database that counts wrong passwords for all servers, by its own clock.
public protocol GuessDatabase: Sendable {
    /// Counts a guess, if it may be made now.
    ///
    /// Guesses are forgotten an hour after the last delay has ended.
    ///
    /// - Parameters:
    ///   - pair: Who guesses for whom, in a digest.
    ///   - delay: Returns for how many microseconds no other may be made after so many.
    /// - Returns: Nil if it is counted; else the microseconds until the next may be made, at least 1.
    /// - Throws: What every method does.
    func countGuess(_ pair: String, delay: @escaping @Sendable (_ count: Int) -> Int64) async throws -> Int64?

    /// Takes back a guess that was counted last, and its delay: nobody knows whether it was right.
    func takeBackGuess(_ pair: String) async throws

    /// Forgets all guesses of a pair, since one was right.
    func forgetGuesses(_ pair: String) async throws
}
