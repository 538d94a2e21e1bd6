public import PackagingStandards

extension Registry {
    /// The names of a project's files that were published in an index and deleted or purged.
    public func deletedFiles(of project: NormalizedName, in index: IndexName) async throws -> Set<String> {
        Set(try await database.deletedFiles(of: project, in: index))
    }

    /// Yanks files, or with `.no` unyanks them (PEP 592). Says which.
    ///
    /// Throws `.notFound` where there is no such file or release.
    @discardableResult
    public func setYanked(_ yanked: Yanked, _ target: FileTarget, caller: Caller) async throws -> [String] {
        try requireChange(.write, of: caller, in: target.index, to: "yank")
        try checkReason(yanked.reason)
        let found = try await database.setYanked(yanked, target, by: author(caller))
        return try await finishChange(of: target, found)
    }

    /// Deletes files: their names are never used again. Says which.
    ///
    /// Throws `.notFound` where there is no such file or release.
    @discardableResult
    public func delete(_ target: FileTarget, caller: Caller) async throws -> [String] {
        try requireChange(.delete, of: caller, in: target.index, to: "delete")
        let found = try await database.delete(target, by: author(caller))
        return try await finishChange(of: target, found)
    }

    /// Sets the status of a project (PEP 792). Throws `.notFound` where the index does not have it.
    public func setStatus(
        _ status: ProjectStatus, reason: String?, of project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws {
        try requireChange(.administer, of: caller, in: index, to: "change the status of projects")
        try checkReason(reason)
        guard
            try await database.setStatus(status, reason: reason, of: project, in: index, by: author(caller))
        else { throw unknownProject(project, in: index) }
        files.dropAll()
        dropPages(of: project)
        try await flushOutbox()
    }

    /// Removes a digest's bytes at once from every index, page, cache and from storage: for a leaked secret.
    ///
    /// Throws `.notFound` where nothing names the digest.
    public func purge(_ digest: SHA256Digest, caller: Caller) async throws -> PurgeOutcome {
        try requireAdministrator(caller, to: "purge")
        let outcome = try await database.purge(digest, by: author(caller))
        guard !outcome.files.isEmpty else {
            throw RegistryError(.notFound, "No index names a file of the digest \(digest).")
        }
        files.dropAll()
        for file in outcome.files { dropPages(of: file.project) }
        try await flushOutbox()
        return outcome
    }

    /// Projects of an index that fit a search, for a caller who may read there.
    public func search(_ query: ProjectSearch, caller: Caller) async throws -> [ProjectSummary] {
        _ = try requireRead(caller, in: query.index)
        return try await database.search(query)
    }

    /// A project with its files. Throws `.notFound`.
    public func project(
        _ project: NormalizedName, in index: IndexName, caller: Caller
    ) async throws -> ProjectRecord {
        _ = try requireRead(caller, in: index)
        guard let record = try await database.project(project, in: index) else {
            throw unknownProject(project, in: index)
        }
        return record
    }

    /// The newest lines of the audit, newest first, for administrators.
    public func audit(limit: Int, before id: Int64?, caller: Caller) async throws -> [AuditLine] {
        try requireAdministrator(caller, to: "read the audit")
        return try await database.audit(limit: limit, before: id)
    }

    func requireAdministrator(_ caller: Caller, to action: String) throws {
        guard !caller.isAdministrator else { return }
        throw caller.isKnown
            ? RegistryError(.forbidden, "Only administrators may \(action).")
            : RegistryError(.authenticationRequired, "You must log in to \(action).")
    }

    private func requireChange(
        _ right: Right, of caller: Caller, in index: IndexName, to action: String
    ) throws {
        _ = try settings(of: index, for: caller, holding: right, to: action)
    }

    /// Refuses a reason that is longer than rows, manifests and pages hold.
    private func checkReason(_ reason: String?) throws {
        guard let size = reason?.utf8.count, size > FieldBound.line else { return }
        throw invalid("The reason has \(size) bytes; \(FieldBound.line) are the most that are accepted.")
    }

    private func finishChange(of target: FileTarget, _ found: [String]) async throws -> [String] {
        guard !found.isEmpty else {
            let what =
                switch target.selection {
                case .file(let filename): "file \(quoted(filename))"
                case .release(let version): "release \(version)"
                }
            throw RegistryError(.notFound, "The project \(target.project) has no \(what) in the index \(target.index).")
        }
        files.dropAll()
        dropPages(of: target.project)
        try await flushOutbox()
        return found
    }
}
