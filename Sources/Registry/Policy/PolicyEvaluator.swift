public import PackagingStandards

/// Applies an index's policy and its exceptions, as they are at one moment.
public struct PolicyEvaluator: Sendable {
    public let policy: IndexPolicy
    /// The moment that the verdicts are about.
    public let now: Timestamp
    private let exceptions: [NormalizedName: [PolicyException]]

    /// - Parameters:
    ///   - policy: The index's policy.
    ///   - exceptions: All of the index's, or those of the projects that are asked about; ended ones mean nothing.
    ///   - now: The present moment.
    public init(policy: IndexPolicy, exceptions: [PolicyException], now: Timestamp) {
        self.init(policy: policy, exceptions: Dictionary(grouping: exceptions, by: \.project), now: now)
    }

    init(policy: IndexPolicy, exceptions: [NormalizedName: [PolicyException]], now: Timestamp) {
        self.policy = policy
        self.exceptions = exceptions
        self.now = now
    }

    /// What the policy says of a file; where there are many of a project, ask `forProject` once, and that.
    public func verdict(on file: PolicySubject) -> PolicyVerdict {
        forProject(file.project).verdict(on: file)
    }

    /// What of the policy concerns a project.
    public func forProject(_ project: NormalizedName) -> ProjectPolicy {
        let exceptions = policy.isEmpty ? [] : exceptions[project]?.filter { $0.holds(at: now) } ?? []
        return ProjectPolicy(policy: policy, project: project, exceptions: exceptions, now: now)
    }
}

extension PolicyException {
    /// Whether the exception has not ended.
    func holds(at moment: Timestamp) -> Bool {
        expiresAt.map { moment < $0 } ?? true
    }
}
