import PackagingStandards

extension Registry {
    /// The policy of an index with its exceptions; nil where it holds nothing back.
    func policyEvaluator(of settings: IndexSettings, now: Timestamp) async throws -> PolicyEvaluator? {
        guard !settings.policy.isEmpty else { return nil }
        let exceptions = try await currentExceptions(in: settings.name)
        return PolicyEvaluator(policy: settings.policy, exceptions: exceptions, now: now)
    }

    /// The same without waiting: nil where the exceptions must be read first. Called on event loops.
    func keptPolicyEvaluator(of settings: IndexSettings, now: Timestamp) -> PolicyEvaluator? {
        guard let exceptions = settings.policy.isEmpty ? [:] : exceptionCache.current(settings.name) else { return nil }
        return PolicyEvaluator(policy: settings.policy, exceptions: exceptions, now: now)
    }

    /// Reads the exceptions of indexes anew, since another process may have changed them, and drops what this makes
    /// stale.
    func refreshExceptions(in indexes: [IndexName]) async throws {
        // All of them first: where reading some fails, none is believed any longer. Where none were read, no page
        // depends on them.
        let outdated = indexes.filter { exceptionCache.outdate($0) }
        do {
            for index in outdated { _ = try await currentExceptions(in: index) }
        } catch {
            // Nobody knows which pages are stale.
            pages.dropAll()
            files.dropAll()
            throw error
        }
    }

    /// Drops the pages of a project whose exceptions have changed, in every index: any may look into the one that the
    /// exceptions are of.
    func dropPages(of project: NormalizedName) {
        for index in indexes.keys { pages.drop(project, in: index) }
    }

    private func currentExceptions(in index: IndexName) async throws -> ExceptionCache.ByProject {
        if let current = exceptionCache.current(index) { return current }
        let generation = exceptionCache.generation
        let read = Dictionary(grouping: try await database.exceptions(of: nil, in: index), by: \.project)
        let changed = exceptionCache.keep(read, of: index, readSince: generation)
        if !changed.isEmpty { files.dropAll() }
        for project in changed { dropPages(of: project) }
        return read
    }
}
