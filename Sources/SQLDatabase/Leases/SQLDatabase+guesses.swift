extension SQLDatabase {
    package func countGuess(
        _ pair: String, delay: @escaping @Sendable (_ count: Int) -> Int64
    ) async throws -> Int64? {
        let clock = driver.dialect.now
        return try await driver.write { connection in
            // The row stays locked until the transaction ends: of two guesses at once, the second sees the first.
            let known = try connection.first(
                """
                INSERT INTO login_guesses (pair, guesses, wait_until) VALUES (?1, 0, 0)
                ON CONFLICT (pair) DO UPDATE SET guesses = login_guesses.guesses
                RETURNING guesses, wait_until, \(clock)
                """, .text(pair)
            ) { (count: $0.integer(0), waitUntil: $0.integer(1), now: $0.integer(2)) }
            guard let known else { throw StoredValue.contradiction("a guess", "none") }
            guard known.waitUntil <= known.now else { return known.waitUntil - known.now }
            let count = known.waitUntil < known.now - GuessMemory.duration ? 1 : known.count + 1
            try connection.execute(
                "UPDATE login_guesses SET guesses = ?2, wait_until = ?3 WHERE pair = ?1", .text(pair),
                .integer(count), .integer(known.now + delay(Int(count))))
            return nil
        }
    }

    package func takeBackGuess(_ pair: String) async throws {
        let now = driver.dialect.now
        try await driver.write { connection in
            try connection.execute(
                "UPDATE login_guesses SET guesses = guesses - 1, wait_until = \(now) WHERE pair = ?1 AND guesses > 0",
                .text(pair))
        }
    }

    package func forgetGuesses(_ pair: String) async throws {
        try await driver.write { try $0.execute("DELETE FROM login_guesses WHERE pair = ?1", .text(pair)) }
    }
}

/// How long guesses are remembered after the end of their last delay.
enum GuessMemory {
    /// Microseconds: an hour.
    static let duration: Int64 = 3_600_000_000
}
