public import PackagingStandards

/// Which files of its upstreams an index lets through.
///
/// `deny` also applies to published files, and always wins; everything else applies to files of upstreams only.
public struct IndexPolicy: Sendable, Hashable {
    /// The least age of a file, in microseconds; nil for any age.
    public var minAge: Int64?
    /// Only files uploaded before this moment are let through; nil for no such bound.
    public var before: Timestamp?
    /// If not empty, only these projects are let through, and of them only these versions.
    public var allow: [ProjectRequirement]
    /// These versions of these projects are never let through.
    public var deny: [ProjectRequirement]
    /// Whether source distributions are held back.
    public var wheelsOnly: Bool
    /// The most bytes that a file may have; nil for no such bound.
    public var maxSize: Int64?
    /// Whether a file that this index has cached can still be downloaded, though pages do not list it, if the policy
    /// would now hold it back (`deny` aside).
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

    /// Whether the policy holds nothing back.
    public var isEmpty: Bool {
        self == IndexPolicy(locksKept: locksKept)
    }

    /// Whether the policy may hold back published files.
    public var concernsPublished: Bool {
        !deny.isEmpty
    }
}
