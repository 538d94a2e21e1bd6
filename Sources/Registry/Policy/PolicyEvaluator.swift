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
    fileprivate func holds(at moment: Timestamp) -> Bool {
        expiresAt.map { moment < $0 } ?? true
    }
}

/// What of an index's policy concerns one project, at one moment: cheap to ask for each of its thousands of files.
public struct ProjectPolicy: Sendable {
    private let policy: IndexPolicy
    private let denying: [ProjectRequirement]
    private let allowing: [ProjectRequirement]
    /// The exceptions that hold now.
    private let exceptions: [PolicyException]
    private let now: Timestamp

    fileprivate init(policy: IndexPolicy, project: NormalizedName, exceptions: [PolicyException], now: Timestamp) {
        self.policy = policy
        self.denying = policy.deny.filter { $0.name == project }
        self.allowing = policy.allow.filter { $0.name == project }
        self.exceptions = exceptions
        self.now = now
    }

    /// Whether every file is let through for good, whatever it is, so that none needs to be looked at.
    public var allowsEverything: Bool {
        denying.isEmpty && liftable == IndexPolicy()
    }

    /// Whether every file that was published on this server is let through for good.
    public var allowsPublished: Bool { denying.isEmpty }

    /// What the policy says of a file of the project.
    public func verdict(on file: PolicySubject) -> PolicyVerdict {
        let denials = denying.filter { $0.contains(file.version) }.map(PolicyReason.denied(by:))
        if file.isPublishedHere {
            return denials.isEmpty ? .allowed : PolicyVerdict(reasons: denials, exception: nil, changesAt: nil)
        }
        let reasons = reasonsToHoldBack(file, at: now)
        guard denials.isEmpty else {
            return PolicyVerdict(reasons: denials + reasons, exception: nil, changesAt: nil)
        }
        guard !reasons.isEmpty else {
            return PolicyVerdict(reasons: [], exception: nil, changesAt: nextHoldingBack(of: file, from: now))
        }
        guard let exception = lastException(for: file.version) else {
            return PolicyVerdict(reasons: reasons, exception: nil, changesAt: release(from: reasons))
        }
        return PolicyVerdict(reasons: [], exception: exception, changesAt: end(of: exception, for: file))
    }

    /// The most bytes that an upstream's file of a version may have, for those whose size is learned late; nil for no
    /// bound.
    func sizeLimit(of version: Version) -> Int64? {
        guard let limit = policy.maxSize, lastException(for: version) == nil else { return nil }
        return limit
    }

    /// What of the policy an exception lifts.
    private var liftable: IndexPolicy {
        var rest = policy
        rest.deny = []
        rest.locksKept = false
        return rest
    }

    /// The rules but `deny` that hold a file of an upstream back at a moment.
    private func reasonsToHoldBack(_ file: PolicySubject, at moment: Timestamp) -> [PolicyReason] {
        var reasons: [PolicyReason] = []
        if !policy.allow.isEmpty, !allowing.contains(where: { $0.contains(file.version) }) {
            reasons.append(.notAllowed(instead: allowing))
        }
        if policy.wheelsOnly, !file.isWheel { reasons.append(.notWheel) }
        if let limit = policy.maxSize, let size = file.size, size > limit { reasons.append(.tooLarge(limit: limit)) }
        if let before = policy.before, (file.uploadedAt ?? moment) >= before {
            reasons.append(.tooLate(before: before))
        }
        if let minAge = policy.minAge, minAge > 0 {
            let grownUp = file.uploadedAt.map { $0.saturating(adding: minAge) }
            if grownUp.map({ moment < $0 }) ?? true { reasons.append(.tooYoung(until: grownUp)) }
        }
        return reasons
    }

    /// When a file that a policy lets through at a moment is held back by itself: one of unknown age, which counts as
    /// uploaded now, when the frozen date comes.
    private func nextHoldingBack(of file: PolicySubject, from moment: Timestamp) -> Timestamp? {
        file.uploadedAt == nil ? policy.before.flatMap { $0 > moment ? $0 : nil } : nil
    }

    /// When a file that is held back for these reasons is let through by itself; nil if one of them stays.
    private func release(from reasons: [PolicyReason]) -> Timestamp? {
        let ends = reasons.map(\.until)
        return ends.contains(nil) ? nil : ends.compactMap(\.self).max()
    }

    /// The exception for a version that holds longest.
    private func lastException(for version: Version) -> PolicyException? {
        exceptions
            .filter { $0.version.map { $0 == version } ?? true }
            .max { first, second in
                switch (first.expiresAt, second.expiresAt) {
                case (nil, _): false
                case (_, nil): true
                case (let first?, let second?): first < second
                }
            }
    }

    /// When the end of an exception changes what becomes of a file; nil if the file needs it no more by then.
    private func end(of exception: PolicyException, for file: PolicySubject) -> Timestamp? {
        guard let end = exception.expiresAt else { return nil }
        return reasonsToHoldBack(file, at: end).isEmpty ? nextHoldingBack(of: file, from: end) : end
    }
}

extension Timestamp {
    /// A moment later by a positive number, at most the last that can be told.
    fileprivate func saturating(adding microseconds: Int64) -> Timestamp {
        let (sum, overflows) = self.microseconds.addingReportingOverflow(microseconds)
        return Timestamp(microseconds: overflows ? .max : sum)
    }
}

/// What a policy looks at in a file.
public struct PolicySubject: Sendable, Hashable {
    public var project: NormalizedName
    public var version: Version
    /// Whether it is a wheel, else a source distribution.
    public var isWheel: Bool
    /// Bytes; nil if they are not known yet, and then no bound on them holds the file back.
    public var size: Int64?
    /// The later of the upstream's upload-time and the first sight of the file with this digest; nil if neither is
    /// known, and then the file counts as uploaded this very moment.
    public var uploadedAt: Timestamp?
    /// Whether an index of this server published it, so that `deny` alone concerns it.
    public var isPublishedHere: Bool

    public init(
        project: NormalizedName, version: Version, isWheel: Bool, size: Int64?, uploadedAt: Timestamp?,
        isPublishedHere: Bool
    ) {
        self.project = project
        self.version = version
        self.isWheel = isWheel
        self.size = size
        self.uploadedAt = uploadedAt
        self.isPublishedHere = isPublishedHere
    }

    /// What a policy looks at in a file of this name.
    public init(_ name: DistributionFilename, size: Int64?, uploadedAt: Timestamp?, isPublishedHere: Bool) {
        self.init(
            project: name.name, version: name.version, isWheel: name.packageType == "bdist_wheel", size: size,
            uploadedAt: uploadedAt, isPublishedHere: isPublishedHere)
    }
}
