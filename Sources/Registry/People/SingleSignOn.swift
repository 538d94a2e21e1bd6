import PackagingStandards

/// Signs people in with providers of the configuration (OpenID Connect).
public struct SingleSignOn: Sendable {
    /// How long what a provider says of a person's groups and role counts after each login.
    public static let trust: Int64 = 24 * 3600

    /// The providers, in the order of the configuration.
    public let providers: [SignOnProvider]
    let database: any LinkedPeopleDatabase & PublisherDatabase
    let freshness: Freshness
    let refusals: Refusals
    let clock: WallClock

    /// Begins to sign somebody in.
    ///
    /// - Parameters:
    ///   - name: The name of the provider.
    ///   - address: Where the provider is to send the browser back to.
    /// - Returns: Where the browser is sent, and what it takes along.
    /// - Throws: `.notFound` if there is no such provider, `.unavailable` while it does not answer.
    public func begin(with name: String, returningTo address: String) async throws -> SignOnBeginning {
        try await provider(name).begin(address)
    }

    /// Ends what `begin` has begun.
    ///
    /// - Parameters:
    ///   - name: The name of the provider.
    ///   - answer: What the browser brings back from the provider.
    ///   - attempt: What the same browser has taken along.
    ///   - address: As for `begin`.
    /// - Returns: Who has signed in.
    /// - Throws: `.notFound`, `.wrongCredentials` with the check that failed, `.forbidden` if the provider, the
    ///   configuration or an administrator refuses the person, `.unavailable`.
    public func finish(
        with name: String, _ answer: SignOnAnswer, _ attempt: SignOnAttempt, returningTo address: String
    ) async throws -> Person {
        let provider = try provider(name)
        return try await refusals.watching("sso:\(name)") {
            try await signIn(try await provider.finish(answer, attempt, address))
        }
    }

    /// Returns the person whom an identity token is about, which a provider has given for this server. Each can be used
    /// once.
    ///
    /// Throws `.wrongCredentials` if it is none of any provider's, or was used before, `.forbidden` and `.unavailable`.
    public func person(of identityToken: String) async throws -> Person {
        try await refusals.watching("identity token") { try await personOfGood(identityToken) }
    }

    private func personOfGood(_ identityToken: String) async throws -> Person {
        for provider in providers {
            guard let found = try await provider.recognise(identityToken) else { continue }
            guard try await database.noteIdentity(found.id, deadAt: found.deadAt, at: clock.now()) else {
                throw RegistryError(
                    .wrongCredentials, "This identity token was used before: ask the provider for another one.")
            }
            return try await signIn(found.person)
        }
        throw RegistryError(
            .wrongCredentials, "The identity token is of no provider with which people sign in here ([sso.<name>]).")
    }

    private func signIn(_ person: ProvenPerson) async throws -> Person {
        let now = clock.now()
        let record = try await database.signIn(
            person, trustedUntil: now.adding(microseconds: Self.trust * 1_000_000),
            by: ChangeAuthor(name: person.identity.provider.description, userID: nil, at: now))
        try await freshness.ensureCurrent()
        return record.person
    }

    /// Returns the provider of a name. Throws `.notFound` if there is none.
    @discardableResult
    public func provider(_ name: String) throws -> SignOnProvider {
        guard let provider = providers.first(where: { $0.name == name }) else {
            throw RegistryError(.notFound, "There is no provider \(ShownText.quoted(name)) to sign in with.")
        }
        return provider
    }
}
