public import PackagingStandards

/// What a policy says of a file at a moment.
public struct PolicyVerdict: Sendable, Hashable {
    /// The rules that hold the file back; none if it is let through.
    public let reasons: [PolicyReason]
    /// The exception without which the file would be held back; nil if it needs none, or none helps.
    public let exception: PolicyException?
    /// The next moment, always in the future, at which the file may be held back or let through by itself: it reaches
    /// its age, the last exception ends. Nil if that takes another policy, exception or file.
    public let changesAt: Timestamp?

    public init(reasons: [PolicyReason], exception: PolicyException?, changesAt: Timestamp?) {
        self.reasons = reasons
        self.exception = exception
        self.changesAt = changesAt
    }

    /// Let through, for good.
    public static let allowed = PolicyVerdict(reasons: [], exception: nil, changesAt: nil)

    public var isAllowed: Bool { reasons.isEmpty }

    /// Whether the list `deny` holds the file back, which no exception lifts, and which holds for kept and published
    /// files too.
    public var isDenial: Bool {
        reasons.contains { reason in
            if case .denied = reason { true } else { false }
        }
    }

    /// For people: every reason, as one line; empty if the file is let through.
    public var text: String {
        reasons.map(\.text).joined(separator: "; ")
    }
}
