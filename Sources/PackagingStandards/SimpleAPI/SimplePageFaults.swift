/// What was wrong with single entries of a page that could be read all the same: each was left out, or went without what
/// was wrong.
public struct SimplePageFaults: Hashable, Sendable {
    /// The most faults that are told one by one.
    private static let maximumExamples = 5

    /// How many there were.
    public private(set) var count = 0
    /// The first of them, for people; without addresses, so that no secret is in them.
    public private(set) var examples: [String] = []

    /// None.
    public init() {}

    mutating func note(_ fault: @autoclosure () -> String) {
        count += 1
        if examples.count < Self.maximumExamples { examples.append(fault()) }
    }
}
