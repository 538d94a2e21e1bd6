public import PackagingStandards

/// Adds, lists and removes trusted publishers: jobs of CI systems that trade their identity for a token.
public struct Publishers: Sendable {
    let proofs: IdentityProofs
    let permissions: Permissions
    let granting: Granting
    let database: any PublisherDatabase
    let freshness: Freshness
    let clock: WallClock

    /// Adds a publisher. Returns it, and whether it is new.
    ///
    /// For those who may give its right: who administers the place, and the owner of a project. Throws `.notFound` for an
    /// issuer or an index that does not exist, `.invalidRequest` for a description that says too little or something else,
    /// and what `PublisherDatabase.addPublisher` throws.
    public func add(_ order: PublisherOrder, caller: Caller) async throws -> PublisherChange {
        try await requireGranting(order.place, caller)
        let issuer = try issuer(named: order.issuer)
        guard order.place.right == .read || order.place.projects != nil else {
            throw RegistryError(
                .invalidRequest, "A publisher that may write needs a project, or the beginning of names.")
        }
        let description = try PublisherDescription(
            issuer: issuer.url, kind: issuer.kind, fields: order.fields, claims: order.claims, for: order.place.right)
        if let ownerID = order.ownerID { try PublisherRecord.check(ownerID, of: issuer.kind) }
        return try await database.addPublisher(
            NewPublisher(description: description, place: order.place, ownerID: order.ownerID),
            by: ChangeAuthor(caller, at: clock.now()))
    }

    /// Removes a publisher, with the tokens of its jobs, from the next request on; returns it.
    ///
    /// For those who may add it. Throws `.notFound` if there is none with this id that the caller may remove.
    @discardableResult
    public func remove(_ id: Int64, caller: Caller) async throws -> PublisherRecord {
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to remove publishers.")
        }
        let unknown = RegistryError(.notFound, "There is no publisher with the number \(id) that you may remove.")
        guard let record = try await database.publishers(of: nil).first(where: { $0.id == id }) else { throw unknown }
        do {
            try await requireGranting(record.place, caller)
        } catch let error as RegistryError where error.code == .forbidden || error.code == .notFound {
            throw unknown
        }
        guard !record.isDeclared else {
            throw RegistryError(
                .conflict,
                """
                The configuration declares the publisher \(id): take it out there, in [publishers], and restart the \
                server.
                """)
        }
        guard let removed = try await database.removePublisher(id, by: ChangeAuthor(caller, at: clock.now())) else {
            throw unknown
        }
        try await freshness.ensureCurrent()
        return removed
    }

    /// Returns publishers: all of them, those in an index, or those of one project.
    ///
    /// For those who administer that, and for the owner of the project.
    public func publishers(
        in index: IndexName? = nil, of project: NormalizedName? = nil, caller: Caller
    ) async throws -> [PublisherRecord] {
        guard let index else {
            try permissions.requireAdministrator(caller, to: "list all publishers")
            return try await database.publishers(of: nil)
        }
        try await granting.requireLooking(at: project, in: index, caller, to: "list publishers")
        return try await database.publishers(of: nil).filter { record in
            guard record.place.index == index else { return false }
            return project.map { record.place.projects?.matches($0) == true } ?? true
        }
    }

    /// The issuers that the configuration names.
    public var issuers: [IdentityIssuer] { proofs.issuers }

    /// Returns what the configuration calls the issuer of a publisher; nil if it does not name it any more: then none of
    /// its jobs get a token.
    public func issuerName(of record: PublisherRecord) -> String? {
        proofs.issuers.first { $0.url == record.description.issuer && $0.kind == record.description.kind }?.name
    }

    private func requireGranting(_ place: PublisherPlace, _ caller: Caller) async throws {
        let scope = place.projects.map { GrantScope.projects(place.index, $0) } ?? .index(place.index)
        try await granting.requireGranting(
            of: place.right == .read ? .read : .write, on: scope, by: caller, to: "change publishers")
    }

    private func issuer(named name: String) throws -> IdentityIssuer {
        if let found = proofs.issuers.first(where: { $0.name == name }) { return found }
        let known = proofs.issuers.map(\.name).sorted().joined(separator: ", ")
        throw RegistryError(
            .notFound,
            "The configuration has no [issuer.\(name)]" + (known.isEmpty ? ": add one." : ": it has \(known)."))
    }
}

extension PublisherRecord {
    /// Throws `.invalidRequest` for what can be no id of the owner of jobs of an issuer.
    public static func check(_ ownerID: String, of kind: IssuerKind) throws {
        guard let claim = kind.ownerClaim else {
            throw RegistryError(
                .invalidRequest, "owner_id means nothing for an issuer of the kind \(kind.rawValue): use claims.")
        }
        guard IdentityTrading.isOwnerID(ownerID) else {
            throw RegistryError(
                .invalidRequest, "owner_id is what the claim \(claim) says: 1 to 255 visible characters of ASCII.")
        }
    }
}

/// A publisher that somebody wants.
public struct PublisherOrder: Sendable {
    /// The name of the issuer's section in the configuration.
    public var issuer: String
    public var place: PublisherPlace
    public var fields: [PublisherField: String]
    public var claims: [String: TextPattern]
    /// The immutable id of the account that owns the jobs; nil to take that of the first job.
    public var ownerID: String?

    public init(
        issuer: String, place: PublisherPlace, fields: [PublisherField: String], claims: [String: TextPattern] = [:],
        ownerID: String? = nil
    ) {
        self.issuer = issuer
        self.place = place
        self.fields = fields
        self.claims = claims
        self.ownerID = ownerID
    }
}
