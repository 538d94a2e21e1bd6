import Testing

/// Answers that differ from the expected ones: all are counted, and the first few are shown.
struct Differences {
    private var shown: [String] = []
    private(set) var count = 0
    private(set) var compared = 0

    mutating func compare<Value: Equatable>(_ input: String, _ answer: Value, expected: Value) {
        compared += 1
        guard answer != expected else { return }
        count += 1
        if shown.count < 20 { shown.append("\(input.debugDescription): \(answer), expected \(expected)") }
    }

    /// Fails the test if anything differed, or if fewer than `atLeast` answers were compared.
    func expectNone(atLeast: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(count == 0, "\(shown.joined(separator: "\n"))", sourceLocation: sourceLocation)
        #expect(compared >= atLeast, sourceLocation: sourceLocation)
    }
}
