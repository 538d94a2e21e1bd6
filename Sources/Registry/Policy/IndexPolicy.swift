public import PackagingStandards

/// What an index lets through of what its upstreams have.
///
/// `deny` holds for published files too, and always wins; everything else concerns files of upstreams only.
public struct IndexPolicy: Sendable, Hashable {
    /// How old a file must be, in microseconds; nil for any age.
    public var minAge: Int64?
    /// Only files uploaded before this moment; nil for no such bound.
    public var before: Timestamp?
    /// Where not empty, only these projects, and of them only these versions.
    public var allow: [ProjectRequirement]
    /// These projects, and of them these versions, never.
    public var deny: [ProjectRequirement]
    /// Whether source distributions are held back.
    public var wheelsOnly: Bool
    /// The most bytes that a file may have; nil for no such bound.
    public var maxSize: Int64?
    /// Whether a file that this index keeps already goes on downloading, off pages, though the policy would now hold it
    /// back (`deny` aside).
    public var locksKept: Bool

    public init(
        minAge: Int64? = nil, before: Timestamp? = nil, allow: [ProjectRequirement] = [],
        deny: [ProjectRequirement] = [], wheelsOnly: Bool = false, maxSize: Int64? = nil, locksKept: Bool = false
    ) {
        self.minAge = minAge
        self.before = before
        self.allow = allow
        self.deny = deny
        self.wheelsOnly = wheelsOnly
        self.maxSize = maxSize
        self.locksKept = locksKept
    }

    /// Whether nothing is held back.
    public var isEmpty: Bool {
        self == IndexPolicy(locksKept: locksKept)
    }

    /// Whether published files may be held back too.
    public var concernsPublished: Bool {
        !deny.isEmpty
    }
}
