import PackagingStandards
import Registry

/// When a declared token ends.
enum TokenEnd: Sendable, Hashable {
    case at(Timestamp)
    case never
}

extension ValueType where Value == TokenEnd {
    /// A date, a date and a time, or `never`.
    static let tokenEnd = ValueType(
        name: "moment, or `\"never\"`", shape: .text,
        parse: { (raw) throws(ValueProblem) -> TokenEnd in
            if raw == .text("never") { return .never }
            do throws(ValueProblem) {
                return .at(try ValueType<Timestamp>.moment.parse(raw))
            } catch {
                throw ValueProblem(message: error.message + "; \"never\" stands for a token that does not end")
            }
        },
        render: { end in
            switch end {
            case .at(let moment): ValueType<Timestamp>.moment.render(moment)
            case .never: quoted("never")
            }
        })
}

extension ValueType where Value == Secret {
    /// The hash of a token, which is not shown, not even in an error about itself: people write the token here.
    static let tokenHash = ValueType(
        name: "hash of a token", shape: .text,
        parse: { (raw) throws(ValueProblem) -> Secret in
            guard case .text(let text) = raw else { throw ValueProblem(message: "must be text, not \(raw.kind)") }
            guard !TokenText.isMeant(Array(text.utf8)) else {
                throw ValueProblem(
                    message:
                        "must be the hash of a token, not the token itself: `cellar token hash` prints it. Whoever "
                        + "has seen the file may know the token: make another one with `cellar token hash --new`")
            }
            guard SHA256Digest(hex: text) != nil else {
                throw ValueProblem(
                    message: "must be the hash of a token, 64 hexadecimal digits; `cellar token hash` prints it")
            }
            return Secret(text)
        },
        render: { _ in quoted(Secret.placeholder) })
}

extension ValueType where Value == Right {
    /// A right.
    static let right = text(
        "right", expected: "a right: \(Right.allCases.map(\.rawValue).joined(separator: ", "))",
        explain: { text in
            nearest(to: text, among: Right.allCases.map(\.rawValue)).map {
                "\(quoted(text)) is no right; did you mean \(quoted($0))?"
            }
        },
        write: { $0.rawValue }
    ) { Right(rawValue: $0) }
}

extension ValueType where Value == IndexName {
    /// The name of an index.
    static let indexName = text("index name", expected: "the name of an index", write: { $0.description }) {
        IndexName($0)
    }
}

extension ValueType where Value == String {
    /// The name of a group.
    static let groupName = text("group name", expected: "the name of a group", write: { $0 }) { text in
        UserName.isValid(text) ? text : nil
    }

    /// The name of a service account.
    static let serviceName = text("service account", expected: "the name of a service account", write: { $0 }) { text in
        UserName.isValid(text) ? text : nil
    }
}
