/// A kind of value that a key can have: how it is called, read, and written back.
struct ValueType<Value: Sendable>: Sendable {
    /// What the reference page calls it ("size").
    let name: String
    let shape: ValueShape
    let parse: @Sendable (RawValue) throws(ValueProblem) -> Value
    /// Writes the value as it would stand in the file; nil if there is no value.
    let render: @Sendable (Value) -> String?
}

/// Why a value is refused: a predicate that follows the key's name ("must be a size …").
struct ValueProblem: Error, Equatable {
    let message: String
    /// Which item of a list is meant, counted from 0.
    var item: Int?
}

extension ValueType {
    /// Makes a type whose values are written as text.
    ///
    /// - Parameters:
    ///   - name: What the reference page calls it.
    ///   - expected: What a value must be, with an example, to follow "must be".
    ///   - explain: A better reason for some refused texts.
    ///   - write: The text of a value, without quotes.
    ///   - read: The value of a text; nil if it is not one.
    /// - Returns: The type.
    static func text(
        _ name: String, expected: String, explain: @escaping @Sendable (String) -> String? = { _ in nil },
        write: @escaping @Sendable (Value) -> String, read: @escaping @Sendable (String) -> Value?
    ) -> ValueType {
        ValueType(
            name: name, shape: .text,
            parse: { (raw) throws(ValueProblem) -> Value in
                guard case .text(let text) = raw else {
                    throw ValueProblem(message: "must be \(expected), not \(raw.kind)")
                }
                guard let value = read(text) else {
                    throw ValueProblem(message: explain(text) ?? "must be \(expected), not \(quoted(text))")
                }
                return value
            },
            render: { quoted(write($0)) })
    }

    /// The same type for a key that may be left out, without a value then.
    var optional: ValueType<Value?> {
        let (parse, render) = (parse, render)
        return ValueType<Value?>(
            name: name, shape: shape,
            parse: { (raw) throws(ValueProblem) -> Value? in try parse(raw) },
            render: { $0.flatMap(render) })
    }

    /// Returns the type of lists of this type's values.
    func list(named name: String) -> ValueType<[Value]> {
        let (parse, render) = (parse, render)
        return ValueType<[Value]>(
            name: name, shape: .list,
            parse: { (raw) throws(ValueProblem) -> [Value] in
                guard case .list(let items) = raw else {
                    throw ValueProblem(message: "must be a list such as [\"…\"], not \(raw.kind)")
                }
                var values: [Value] = []
                for (index, item) in items.enumerated() {
                    do throws(ValueProblem) {
                        values.append(try parse(item))
                    } catch {
                        throw ValueProblem(message: "item \(index + 1) \(error.message)", item: index)
                    }
                }
                return values
            },
            render: { values in "[" + values.compactMap(render).joined(separator: ", ") + "]" })
    }
}

/// Returns a text as a TOML basic string, with quotes.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
