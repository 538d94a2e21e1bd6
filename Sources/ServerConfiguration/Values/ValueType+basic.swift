import Registry

extension ValueType where Value == Bool {
    /// `true` or `false`.
    static let boolean = ValueType(
        name: "true or false", shape: .boolean,
        parse: { (raw) throws(ValueProblem) -> Bool in
            guard case .boolean(let value) = raw else {
                throw ValueProblem(message: "must be true or false, without quotes, not \(written(raw))")
            }
            return value
        },
        render: { $0 ? "true" : "false" })
}

extension ValueType where Value == Int {
    /// Returns the type of whole numbers within bounds.
    static func integer(_ range: ClosedRange<Int>) -> ValueType {
        ValueType(
            name: "whole number", shape: .integer,
            parse: { (raw) throws(ValueProblem) -> Int in
                guard case .integer(let value) = raw, range.contains(value) else {
                    throw ValueProblem(
                        message: "must be a whole number from \(range.lowerBound) to \(range.upperBound), "
                            + "not \(written(raw))")
                }
                return value
            },
            render: { String($0) })
    }
}

extension ValueType where Value == String {
    /// The path of a file or folder.
    static let path = text("path", expected: "the path of a file or folder", write: { $0 }) { text in
        text.isEmpty ? nil : text
    }

    /// The name of a person.
    static let userName = text("user name", expected: "the name of a user", write: { $0 }) { text in
        UserName.isValid(text) ? text : nil
    }
}

extension ValueType where Value == Secret {
    /// A text that is never shown, not even in an error about itself.
    static let secret = ValueType(
        name: "secret text", shape: .text,
        parse: { (raw) throws(ValueProblem) -> Secret in
            guard case .text(let text) = raw else { throw ValueProblem(message: "must be text, not \(raw.kind)") }
            guard !text.isEmpty else { throw ValueProblem(message: "must not be empty") }
            return Secret(text)
        },
        render: { _ in quoted(Secret.placeholder) })
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    static var choice: ValueType {
        let words = Value.allCases.map { quoted($0.rawValue) }.joined(separator: ", ")
        return text(
            words, expected: Value.allCases.count == 1 ? words : "one of \(words)",
            explain: { given in
                nearest(to: given, among: Value.allCases.map(\.rawValue)).map {
                    "must be one of \(words), not \(quoted(given)); did you mean \(quoted($0))?"
                }
            },
            write: { $0.rawValue }
        ) { Value(rawValue: $0) }
    }
}

/// Returns a refused value for an error text: itself if it is short and plain, else its kind.
private func written(_ raw: RawValue) -> String {
    switch raw {
    case .text(let text): quoted(text)
    case .integer(let value): String(value)
    case .boolean(let value): value ? "true" : "false"
    case .list, .table, .moment, .unusable: raw.kind
    }
}

extension ValueType where Value == [Principal] {
    /// Who holds a right.
    static let principals = ValueType<Principal>.text(
        "principal",
        expected: "\"everyone\", \"authenticated\", \"user:<name>\", \"group:<name>\" or \"service:<name>\"",
        write: { $0.description }
    ) { Principal($0) }
    .list(named: "list of principals")
}
