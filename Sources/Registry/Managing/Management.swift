public import PackagingStandards

/// Changes what is published, and shows it to those who change it.
public final class Management: Sendable {
    private let indexes: Indexes
    private let permissions: Permissions
    private let rights: ProjectRights
    private let database: any ManagingDatabase & ReadingDatabase & NameDatabase & AuditDatabase & PeopleDatabase
    private let invalidation: Invalidation
    private let outbox: Outbox
    private let removal: BlobRemoval
    private let clock: WallClock

    init(
        permissions: Permissions, rights: ProjectRights,
        database: any ManagingDatabase & ReadingDatabase & NameDatabase & AuditDatabase & PeopleDatabase,
        invalidation: Invalidation, outbox: Outbox, removal: BlobRemoval, clock: WallClock
    ) {
        indexes = permissions.indexes
        self.permissions = permissions
        self.rights = rights
        self.database = database
        self.invalidation = invalidation
        self.outbox = outbox
        self.removal = removal
        self.clock = clock
    }

    /// Returns the names of a project's files that were published in an index and deleted or purged.
    public func deletedFiles(of project: NormalizedName, in index: IndexName) async throws -> Set<String> {
        Set(try await database.deletedFiles(of: project, in: index))
    }

    /// Yanks files, or with `.no` unyanks them (PEP 592). Returns their names.
    ///
    /// Throws `.notFound` if there is no such file or release.
    @discardableResult
    public func setYanked(_ yanked: Yanked, _ target: FileTarget, caller: Caller) async throws -> [String] {
        try await requireChange(.write, of: caller, target.project, in: target.index, to: "yank", Self.absent(target))
        try checkReason(yanked.reason)
        let found = try await database.setYanked(yanked, target, by: ChangeAuthor(caller, at: clock.now()))
        return try await finishChange(of: target, found)
    }

    /// Deletes files: their names are never used again. Returns the names.
    ///
    /// Throws `.notFound` if there is no such file or release.
    @discardableResult
    public func delete(_ target: FileTarget, caller: Caller) async throws -> [String] {
        try await requireChange(
            .delete, of: caller, target.project, in: target.index, to: "delete", Self.absent(target))
        let found = try await database.delete(target, by: ChangeAuthor(caller, at: clock.now()))
        return try await finishChange(of: target, found)
    }

    /// Sets the status of a project (PEP 792). Throws `.notFound` if the index does not have it.
    public func setStatus(
        _ status: ProjectStatus, reason: String?, of project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws {
        try await requireChange(
            .administer, of: caller, project, in: index, to: "change the status of projects",
            RegistryError(unknownProject: project, in: index))
        try checkReason(reason)
        guard
            try await database.setStatus(
                status, reason: reason, of: project, in: index, by: ChangeAuthor(caller, at: clock.now()))
        else { throw RegistryError(unknownProject: project, in: index) }
        invalidation.filesChanged(of: project)
        try await outbox.flush()
    }

    /// Removes the bytes of a digest at once from every index, page, cache and from storage: for a leaked secret.
    ///
    /// Throws `.notFound` if no index names the digest.
    public func purge(_ digest: SHA256Digest, caller: Caller) async throws -> PurgeOutcome {
        try permissions.requireAdministrator(caller, to: "purge")
        let outcome = try await database.purge(digest, by: ChangeAuthor(caller, at: clock.now()))
        guard !outcome.files.isEmpty else {
            throw RegistryError(.notFound, "No index names a file with the digest \(digest).")
        }
        for project in Set(outcome.files.map(\.project)) { invalidation.filesChanged(of: project) }
        try await outbox.flush()
        return outcome
    }

    // MARK: Names

    /// Makes a project's name private: no index asks an upstream for it any more.
    ///
    /// The project becomes local in this index, which is given one if it has none, and may be published to; every other
    /// index that had it from an upstream reserves the name. Its cached files are forgotten everywhere. Takes the right
    /// `claim`.
    ///
    /// - Returns: The files that were cached.
    @discardableResult
    public func claim(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> [CachedFile] {
        _ = try permissions.settings(of: index, for: caller, holding: .claim, project, to: "claim names")
        let pruned = try await database.claim(project, in: index, by: ChangeAuthor(caller, at: clock.now()))
        invalidation.filesChanged(of: project)
        try await outbox.flush()
        try await removal.removeFreed(of: pruned)
        return pruned
    }

    /// Gives a name without published files back to the upstreams. Takes the right `claim`.
    ///
    /// Throws `.conflict` if the index still has files, if the configuration reserves the name, or if the index does
    /// not own it.
    @discardableResult
    public func release(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> ReleasedName {
        _ = try permissions.settings(of: index, for: caller, holding: .claim, project, to: "release names")
        if indexes.isReserved(project) {
            throw RegistryError(
                .conflict,
                "The configuration reserves the name \(project): take it out of the setting \"private\" first.")
        }
        switch try await database.release(project, in: index, by: ChangeAuthor(caller, at: clock.now())) {
        case .released(let remaining):
            invalidation.filesChanged(of: project)
            try await outbox.flush()
            return ReleasedName(
                isPrivate: !remaining.isEmpty, owners: permissions.readable(remaining, by: caller, project))
        case .hasFiles:
            throw RegistryError(
                .conflict,
                """
                The index \(index) has published files of \(project): delete them before the name is given back to \
                upstreams.
                """)
        case .ownedElsewhere(let owners):
            let named = permissions.readable(owners, by: caller, project)
            let place = named.isEmpty ? "another index" : named.map(\.description).joined(separator: ", ")
            throw RegistryError(
                .conflict, "The index \(index) only keeps \(project) reserved for \(place): release it there.")
        case .notOwned:
            throw RegistryError(
                .conflict, "The index \(index) does not own the name \(project): there is nothing to give back.")
        }
    }

    // MARK: Looking

    /// Returns the projects of an index that match a search, for a caller who may read there.
    public func search(_ query: ProjectSearch, caller: Caller) async throws -> [ProjectSummary] {
        let settings = try permissions.requireRead(caller, in: query.index)
        guard !permissions.readsAll(of: settings, caller) else { return try await database.search(query) }
        return try await searchAmongReadable(query, in: settings, caller: caller)
    }

    /// Searches for somebody who may not read all of an index: limit and offset count what they may read.
    private func searchAmongReadable(
        _ query: ProjectSearch, in settings: IndexSettings, caller: Caller
    ) async throws -> [ProjectSummary] {
        var found: [ProjectSummary] = []
        var seen = 0
        while found.count < query.offset + query.limit {
            let batch = try await database.search(
                ProjectSearch(index: query.index, text: query.text, limit: Self.searchBatch, offset: seen))
            found += batch.filter { permissions.may(.read, $0.name, in: settings, caller) }
            guard batch.count == Self.searchBatch else { break }
            seen += batch.count
        }
        return Array(found.dropFirst(query.offset).prefix(query.limit))
    }

    /// How many projects a search reads at once if it must leave some out.
    private static let searchBatch = 500

    /// Returns a project with its files. Throws `.notFound`.
    public func project(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> ProjectRecord {
        _ = try await rights.requireRead(caller, project, in: index)
        guard let record = try await database.project(project, in: index) else {
            throw permissions.absent(RegistryError(unknownProject: project, in: index), in: index, for: caller)
        }
        return record
    }

    /// Returns the lines of the audit that a query asks for, newest first; for administrators.
    public func audit(_ query: AuditQuery, caller: Caller) async throws -> [AuditLine] {
        try permissions.requireAdministrator(caller, to: "read the audit")
        return try await database.audit(query)
    }

    /// Returns the lines of the audit about the caller's own account, newest first: what they did, what was refused under
    /// their name, and what others changed of their account.
    ///
    /// - Parameters:
    ///   - before: Only lines with a smaller id; nil for the newest.
    ///   - limit: The most lines.
    ///   - caller: A person, or a token of theirs that nothing limits.
    /// - Returns: The lines, none of which is older than the account: another one may have had the name before.
    /// - Throws: `.authenticationRequired`, and `.forbidden` for tokens that something limits and for who is no person.
    public func ownHistory(before: Int64? = nil, limit: Int, caller: Caller) async throws -> [AuditLine] {
        guard caller.isKnown else {
            throw RegistryError(.authenticationRequired, "You must log in to see the history of your account.")
        }
        guard let person = caller.person, (caller.token?.scope ?? .everything) == .everything,
            let user = try await database.user(named: person.name), user.id == person.id
        else { throw RegistryError(.forbidden, "\(caller.describedName) may not see the history of an account.") }
        return try await database.audit(
            AuditQuery(limit: limit, before: before, since: user.createdAt, account: user.name))
    }

    private func requireChange(
        _ right: Right, of caller: Caller, _ project: NormalizedName, in index: IndexName, to action: String,
        _ absent: RegistryError
    ) async throws {
        _ = try await rights.settings(
            of: index, for: caller, holding: right, project, to: action, absent: absent)
    }

    /// Refuses a reason that is too long for rows, manifests and pages.
    private func checkReason(_ reason: String?) throws {
        guard let size = reason?.utf8.count, size > FieldBound.line else { return }
        throw RegistryError(
            .invalidRequest, "The reason has \(size) bytes; \(FieldBound.line) are the most that are accepted.")
    }

    private func finishChange(of target: FileTarget, _ found: [String]) async throws -> [String] {
        guard !found.isEmpty else { throw Self.absent(target) }
        invalidation.filesChanged(of: target.project)
        try await outbox.flush()
        return found
    }

    private static func absent(_ target: FileTarget) -> RegistryError {
        let what =
            switch target.selection {
            case .file(let filename): "file \(ShownText.quotedInASCII(filename))"
            case .release(let version): "release \(version)"
            case .project: "file"
            }
        return RegistryError(
            .notFound, "The project \(target.project) has no \(what) in the index \(target.index).")
    }
}

/// The state of a name after an index gave it back.
public struct ReleasedName: Sendable, Hashable {
    /// Whether other indexes own it, so that it is still private.
    public let isPrivate: Bool
    /// Those of its owners that the caller may read.
    public let owners: [IndexName]
}
