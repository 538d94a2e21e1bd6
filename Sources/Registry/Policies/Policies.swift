public import PackagingStandards

/// A request for an exception.
public struct ExceptionRequest: Sendable, Hashable {
    /// The most characters that a reason may have.
    public static let longestReason = 500

    public var index: IndexName
    public var project: NormalizedName
    /// The release; nil for the whole project.
    public var version: Version?
    /// Why, in one line; `cellar why` shows it.
    public var reason: String
    /// When it ends; nil for never.
    public var expiresAt: Timestamp?

    public init(
        index: IndexName, project: NormalizedName, version: Version?, reason: String, expiresAt: Timestamp?
    ) {
        self.index = index
        self.project = project
        self.version = version
        self.reason = reason
        self.expiresAt = expiresAt
    }
}

/// The policies of the indexes, and the exceptions to them.
public final class Policies: Sendable {
    private let permissions: Permissions
    private let database: any ExceptionDatabase
    private let invalidation: Invalidation
    private let outbox: Outbox
    private let clock: WallClock

    init(
        permissions: Permissions, database: any ExceptionDatabase, invalidation: Invalidation, outbox: Outbox,
        clock: WallClock
    ) {
        self.permissions = permissions
        self.database = database
        self.invalidation = invalidation
        self.outbox = outbox
        self.clock = clock
    }

    /// Lets a project or a release through the policy of an index, `deny` aside; for administrators.
    ///
    /// Throws `.invalidRequest` for a reason that is empty, too long or not one line, and `.conflict` for an end in the
    /// past.
    public func add(_ request: ExceptionRequest, caller: Caller) async throws -> PolicyException {
        _ = try permissions.settings(
            of: request.index, for: caller, holding: .administer, request.project, to: "add exceptions to the policy")
        let author = ChangeAuthor(caller, at: clock.now())
        let exception = PolicyException(
            id: 0, index: request.index, project: request.project, version: request.version,
            reason: try Self.checkedReason(request.reason), createdBy: author.name, createdAt: author.at,
            expiresAt: try Self.checkedEnd(request.expiresAt, now: author.at))
        let added = try await database.addException(exception, by: author)
        try await finishChange(of: request.project, in: request.index)
        return added
    }

    /// Returns the exceptions of an index, or of one of its projects, including those that have ended; for
    /// administrators.
    public func exceptions(
        of project: NormalizedName? = nil, in index: IndexName, caller: Caller
    ) async throws -> [PolicyException] {
        _ = try permissions.settings(
            of: index, for: caller, holding: .administer, to: "list the exceptions to the policy")
        return try await database.exceptions(of: project, in: index)
    }

    /// Removes an exception; for administrators. Throws `.notFound` if the index has none with this id.
    public func remove(_ id: Int64, in index: IndexName, caller: Caller) async throws {
        _ = try permissions.settings(
            of: index, for: caller, holding: .administer, to: "remove exceptions to the policy")
        let project = try await database.exceptions(of: nil, in: index).first { $0.id == id }?.project
        guard let project, try await database.removeException(id, in: index, by: ChangeAuthor(caller, at: clock.now()))
        else {
            throw RegistryError(.notFound, "The index \(index) has no exception with the number \(id).")
        }
        try await finishChange(of: project, in: index)
    }

    private func finishChange(of project: NormalizedName, in index: IndexName) async throws {
        invalidation.exceptionsChanged(of: project, in: index)
        try await outbox.flush()
    }

    private static func checkedReason(_ text: String) throws -> String {
        let scalars = text.unicodeScalars
        guard scalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw RegistryError(.invalidRequest, "An exception needs a reason: say in one line why it is made.")
        }
        guard scalars.count <= ExceptionRequest.longestReason,
            scalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        else {
            throw RegistryError(
                .invalidRequest,
                "A reason is one line of \(ExceptionRequest.longestReason) characters at most.")
        }
        return text
    }

    private static func checkedEnd(_ end: Timestamp?, now: Timestamp) throws -> Timestamp? {
        guard let end, end <= now else { return end }
        throw RegistryError(
            .conflict,
            "The exception would have ended at \(end.textInSeconds), which is in the past: give a later end, or none.")
    }

    // MARK: Evaluation

    /// Returns the policy of an index with its exceptions, or nil if it holds nothing back.
    func evaluator(of settings: IndexSettings, now: Timestamp) async throws -> PolicyEvaluator? {
        guard !settings.policy.isEmpty else { return nil }
        let exceptions = try await currentExceptions(in: settings.name)
        return PolicyEvaluator(policy: settings.policy, exceptions: exceptions, now: now)
    }

    /// Reads the exceptions of indexes again, because another process may have changed them, and drops what this makes
    /// stale.
    func refresh(in indexes: [IndexName]) async throws {
        // All of them first: if reading one fails, none is trusted any longer. If none were read, no page depends on
        // them.
        let outdated = indexes.filter { invalidation.exceptions.outdate($0) }
        do {
            for index in outdated { _ = try await currentExceptions(in: index) }
        } catch {
            // Which pages are stale is unknown.
            invalidation.everythingChanged()
            throw error
        }
    }

    private func currentExceptions(in index: IndexName) async throws -> ExceptionCache.ByProject {
        if let current = invalidation.exceptions.current(index) { return current }
        let generation = invalidation.exceptions.generation
        let read = Dictionary(grouping: try await database.exceptions(of: nil, in: index), by: \.project)
        let changed = invalidation.exceptions.keep(read, of: index, readSince: generation)
        for project in changed { invalidation.filesChanged(of: project) }
        return read
    }
}
