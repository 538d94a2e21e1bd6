public import PackagingStandards

/// An index's policy and its exceptions at one moment.
public struct PolicyEvaluator: Sendable {
    public let policy: IndexPolicy
    /// The moment of the verdicts.
    public let now: Timestamp
    private let exceptions: [NormalizedName: [PolicyException]]

    /// Makes an evaluator.
    ///
    /// - Parameters:
    ///   - policy: The index's policy.
    ///   - exceptions: All exceptions of the index, or those of the projects in question; ended ones have no effect.
    ///   - now: The present moment.
    public init(policy: IndexPolicy, exceptions: [PolicyException], now: Timestamp) {
        self.init(policy: policy, exceptions: Dictionary(grouping: exceptions, by: \.project), now: now)
    }

    init(policy: IndexPolicy, exceptions: [NormalizedName: [PolicyException]], now: Timestamp) {
        self.policy = policy
        self.exceptions = exceptions
        self.now = now
    }

    /// Returns the verdict on a file. For many files of a project, call `forProject` once, and ask that.
    public func verdict(on file: PolicySubject) -> PolicyVerdict {
        forProject(file.project).verdict(on: file)
    }

    /// Returns the part of the policy that concerns a project.
    public func forProject(_ project: NormalizedName) -> ProjectPolicy {
        let exceptions = policy.isEmpty ? [] : exceptions[project]?.filter { $0.holds(at: now) } ?? []
        return ProjectPolicy(policy: policy, project: project, exceptions: exceptions, now: now)
    }
}

extension PolicyException {
    /// Returns whether the exception has not ended.
    fileprivate func holds(at moment: Timestamp) -> Bool {
        expiresAt.map { moment < $0 } ?? true
    }
}

/// The part of an index's policy that concerns one project, at one moment: cheap to ask for each of thousands of files.
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

    /// Whether every file is always let through, so that none needs a verdict.
    public var allowsEverything: Bool {
        denying.isEmpty && liftable == IndexPolicy()
    }

    /// Whether every file that was published on this server is always let through.
    public var allowsPublished: Bool { denying.isEmpty }

    /// Returns the verdict on a file of the project.
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

    /// Returns the most bytes that an upstream's file of a version may have, for files whose size is learned late, or
    /// nil for no bound.
    func sizeLimit(of version: Version) -> Int64? {
        guard let limit = policy.maxSize, lastException(for: version) == nil else { return nil }
        return limit
    }

    /// The part of the policy that an exception lifts.
    private var liftable: IndexPolicy {
        var rest = policy
        rest.deny = []
        rest.locksKept = false
        return rest
    }

    /// Returns the rules except `deny` that hold back an upstream's file at a moment.
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

    /// Returns when a file that is let through at a moment will be held back without a change: a file of unknown age
    /// counts as uploaded now, and is held back when the frozen date comes.
    private func nextHoldingBack(of file: PolicySubject, from moment: Timestamp) -> Timestamp? {
        file.uploadedAt == nil ? policy.before.flatMap { $0 > moment ? $0 : nil } : nil
    }

    /// Returns when a file that is held back for these reasons will be let through without a change, or nil if one of
    /// them stays.
    private func release(from reasons: [PolicyReason]) -> Timestamp? {
        let ends = reasons.map(\.until)
        return ends.contains(nil) ? nil : ends.compactMap(\.self).max()
    }

    /// Returns the exception for a version that ends last.
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

    /// Returns when the end of an exception changes the verdict on a file, or nil if the file no longer needs it by
    /// then.
    private func end(of exception: PolicyException, for file: PolicySubject) -> Timestamp? {
        guard let end = exception.expiresAt else { return nil }
        return reasonsToHoldBack(file, at: end).isEmpty ? nextHoldingBack(of: file, from: end) : end
    }
}

extension Timestamp {
    /// Returns a moment later by a positive number, at most the last that can be represented.
    fileprivate func saturating(adding microseconds: Int64) -> Timestamp {
        let (sum, overflows) = self.microseconds.addingReportingOverflow(microseconds)
        return Timestamp(microseconds: overflows ? .max : sum)
    }
}

/// What a policy must know of a file.
public struct PolicySubject: Sendable, Hashable {
    public var project: NormalizedName
    public var version: Version
    /// True for a wheel, false for a source distribution.
    public var isWheel: Bool
    /// Bytes; nil if they are not known yet, and then no bound on them holds the file back.
    public var size: Int64?
    /// The later of the upstream's upload-time and the first sight of the file with this digest; nil if neither is
    /// known, and then the file counts as uploaded at the moment of the verdict.
    public var uploadedAt: Timestamp?
    /// Whether it was published in an index of this server, so that only `deny` applies.
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

    /// Makes the subject of a file name.
    public init(_ name: DistributionFilename, size: Int64?, uploadedAt: Timestamp?, isPublishedHere: Bool) {
        self.init(
            project: name.name, version: name.version, isWheel: name.packageType == "bdist_wheel", size: size,
            uploadedAt: uploadedAt, isPublishedHere: isPublishedHere)
    }
}
