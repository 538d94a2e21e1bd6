public import PackagingStandards

/// The verdict of a policy on a file at a moment.
public struct PolicyVerdict: Sendable, Hashable {
    /// The rules that hold the file back; none if it is let through.
    public let reasons: [PolicyReason]
    /// The exception without which the file would be held back; nil if it needs none, or none helps.
    public let exception: PolicyException?
    /// The next moment, always in the future, at which the file may be held back or let through without a change: it
    /// reaches its age, or the last exception ends. Nil if only another policy, exception or file changes that.
    public let changesAt: Timestamp?

    public init(reasons: [PolicyReason], exception: PolicyException?, changesAt: Timestamp?) {
        self.reasons = reasons
        self.exception = exception
        self.changesAt = changesAt
    }

    /// The verdict on a file that is always let through.
    public static let allowed = PolicyVerdict(reasons: [], exception: nil, changesAt: nil)

    public var isAllowed: Bool { reasons.isEmpty }

    /// Whether the list `deny` holds the file back; no exception lifts that, and it applies to cached and published
    /// files too.
    public var isDenial: Bool {
        reasons.contains { reason in
            if case .denied = reason { true } else { false }
        }
    }

    /// For people: every reason, in one line; empty if the file is let through.
    public var text: String {
        reasons.map(\.text).joined(separator: "; ")
    }
}

/// A rule of an index's policy that holds a file back.
public enum PolicyReason: Sendable, Hashable {
    /// The project or this version of it is on the list `deny`.
    case denied(by: ProjectRequirement)
    /// Neither is on the list `allow`; with the entries of that list for other versions of the project.
    case notAllowed(instead: [ProjectRequirement])
    /// A source distribution, if only wheels are let through.
    case notWheel
    /// More bytes than the bound.
    case tooLarge(limit: Int64)
    /// Younger than the least age, which it reaches at a moment; nil if its age is unknown.
    case tooYoung(until: Timestamp?)
    /// Uploaded at or after the frozen date.
    case tooLate(before: Timestamp)

    /// For programs; one word for each rule.
    public var code: String {
        switch self {
        case .denied: "denied"
        case .notAllowed: "not-allowed"
        case .notWheel: "not-wheel"
        case .tooLarge: "too-large"
        case .tooYoung: "too-young"
        case .tooLate: "too-late"
        }
    }

    /// The moment at which the rule lets the file through without a change; nil if it never does, or nobody knows.
    public var until: Timestamp? {
        guard case .tooYoung(let until) = self else { return nil }
        return until
    }

    /// For people: what the rule says of the file, to follow its name and a colon.
    public var text: String {
        switch self {
        case .denied(let requirement):
            "denied by \"\(requirement)\""
        case .notAllowed(let instead) where instead.isEmpty:
            "the project is not on the allow list"
        case .notAllowed(let instead):
            "this version is not on the allow list, which has "
                + instead.map { "\"\($0)\"" }.joined(separator: ", ")
        case .notWheel:
            "it is a source distribution, and only wheels are let through"
        case .tooLarge(let limit):
            "it is larger than \(Self.text(bytes: limit))"
        case .tooYoung(let until?):
            "too young until \(until.textInSeconds)"
        case .tooYoung(nil):
            "too young: it is not known since when it exists"
        case .tooLate(let before):
            "it was not uploaded before \(before.textInSeconds)"
        }
    }

    private static func text(bytes: Int64) -> String {
        let units: [(size: Int64, name: String)] = [
            (1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"),
        ]
        guard let unit = units.first(where: { bytes > 0 && bytes % $0.size == 0 }) else { return "\(bytes) bytes" }
        return "\(bytes / unit.size) \(unit.name)"
    }
}

extension Timestamp {
    /// The moment for people, `2026-11-21T08:49:38Z`: the first whole second that is not before it.
    var textInSeconds: String {
        let (later, overflows) = microseconds.addingReportingOverflow(999_999)
        let moment = overflows ? self : Timestamp(microseconds: later)
        return moment.iso8601.prefix(19) + "Z"
    }
}
