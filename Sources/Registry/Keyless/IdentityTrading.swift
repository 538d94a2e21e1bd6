import Logging
import PackagingStandards

/// Trades the identities of jobs of CI systems for tokens that live for minutes, and takes those back.
public struct IdentityTrading: Sendable {
    /// How long a token lives, in seconds: the least that PEP 807 allows.
    public static let lifetime: Int64 = 900

    let proofs: IdentityProofs
    let permissions: Permissions
    let database: any PublisherDatabase & TokenDatabase
    let tokens: Tokens
    let freshness: Freshness
    let refusals: Refusals
    let clock: WallClock
    let logger: Logger

    /// For whom clients are to ask for an identity token. Throws `.notFound` if the configuration names no issuer.
    public func audience() throws -> String {
        guard let audience = proofs.audience else {
            throw RegistryError(.notFound, "Trusted publishing is not enabled here: the configuration names no issuer.")
        }
        return audience
    }

    /// Trades an identity token for a token of all publishers whose job it is. Each can be traded once.
    ///
    /// Throws `.notFound` if the configuration names no issuer, `.wrongCredentials` with the check that failed for a bad
    /// identity token, `.forbidden` if the job is no publisher's, `.alreadyExists` if the identity was traded before, and
    /// `.unavailable` while the keys of the issuer cannot be fetched.
    public func trade(_ identityToken: String) async throws -> IssuedToken {
        _ = try audience()
        return try await refusals.watching("identity token") { try await tradeGood(identityToken) }
    }

    private func tradeGood(_ identityToken: String) async throws -> IssuedToken {
        let identity = try await proofs.verify(identityToken)
        let publishers = try await publishers(of: identity)
        let author = ChangeAuthor(name: "publisher:\(publishers[0].name)", userID: nil, at: clock.now())
        let trade = IdentityTrade(
            identity: identity.id, deadAt: identity.deadAt, publishers: publishers.map(\.id),
            ownerID: identity.issuer.kind.ownerClaim.flatMap(identity.text))
        guard let held = try await database.tradeIdentity(trade, by: author) else {
            throw RegistryError(
                .alreadyExists, "This identity token was used before: ask the issuer for another one.")
        }
        guard let first = held.first else { throw nobody(identity) }
        return try await tokens.mint(
            for: PublisherOwner(
                id: first.id, name: first.name, publishers: Set(held.map(\.id)),
                holdings: Set(held.map { PublisherHolding($0) })),
            name: Self.shown(identity.text("sub") ?? ""), lasting: Self.lifetime)
    }

    /// Ends a token that was traded for an identity. Throws `.notFound` for any other.
    public func burn(_ token: String) async throws {
        try await freshness.ensureCurrent()
        let unknown = RegistryError(.notFound, "There is no such token, or it was not traded for an identity.")
        let holder: TokenHolder
        do {
            holder = try await tokens.verifier.holder(of: Array(token.utf8))
        } catch let error as RegistryError where error.code == .wrongCredentials {
            throw unknown
        }
        guard case .publisher = holder.owner else { throw unknown }
        let author = ChangeAuthor(.token(holder), at: clock.now())
        guard try await database.removeToken(holder.id, by: author) != nil else { throw unknown }
        try await freshness.ensureCurrent()
    }

    /// Returns the publishers whose job an identity is. Throws `.forbidden` if there are none.
    private func publishers(of identity: ProvenIdentity) async throws -> [PublisherRecord] {
        let ownerID = identity.issuer.kind.ownerClaim.flatMap(identity.text)
        guard ownerID.map(Self.isOwnerID) ?? true else { throw nobody(identity) }
        var mismatches: [String] = []
        let found = try await database.publishers(of: identity.issuer.url).filter { record in
            guard permissions.indexes[record.place.index] != nil else { return false }
            let match = PublisherMatch(
                description: record.description, ownerID: record.ownerID, right: record.place.right)
            guard let mismatch = match.mismatch(with: identity) else { return true }
            mismatches.append("\(record.name): \(mismatch)")
            return false
        }
        guard found.isEmpty else { return found }
        // The caller is not told which publishers there are.
        logger.notice(
            "an identity is no publisher's",
            metadata: [
                "issuer": "\(identity.issuer.name)", "subject": "\(Self.shown(identity.text("sub") ?? ""))",
                "publishers": "\(mismatches.prefix(5).joined(separator: "; "))",
            ])
        throw nobody(identity)
    }

    private func nobody(_ identity: ProvenIdentity) -> RegistryError {
        RegistryError(
            .forbidden,
            "The identity token is good, but \(Self.shown(identity.text("sub") ?? "")) is no publisher of this server.")
    }

    /// Returns whether a text may be the immutable id of an account.
    static func isOwnerID(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isVisible)
    }

    /// Returns a text of an issuer as one short line of ASCII.
    private static func shown(_ text: String) -> String {
        String(decoding: text.utf8.prefix(200).map { ASCII.isVisible($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

extension PublisherHolding {
    /// Makes what a publisher holds of its place.
    public init(_ record: PublisherRecord) {
        self.init(
            rights: record.rights, index: record.place.index, projects: record.place.projects,
            attester: record.description.attester)
    }
}
