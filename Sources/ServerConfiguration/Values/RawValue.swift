/// A value as it stands in the file or the environment, before the type of its key has looked at it.
indirect enum RawValue: Equatable, Sendable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    case list([RawValue])
    case table([String: RawValue])
    /// A TOML date, or a date and a time, in the form of RFC 3339.
    case moment(String)
    /// A value of a kind that no key takes, in words ("a date").
    case unusable(String)

    /// The kind of value, in words for an error text.
    var kind: String {
        switch self {
        case .text: "text"
        case .integer: "a whole number"
        case .boolean: "true or false"
        case .list: "a list"
        case .table: "a section"
        case .moment: "a date"
        case .unusable(let kind): kind
        }
    }
}

/// How a value is written, which says how to read one from the environment, where everything is text.
enum ValueShape: Sendable {
    case text
    case integer
    case boolean
    /// Separated by commas in the environment; the empty text is the empty list.
    case list
    /// As `list`, but what begins with an operator belongs to the item before it: `litellm>=1.82,<1.83`.
    case requirements

    /// Reads the text of an environment variable; what does not fit stays text, for the type to refuse.
    func read(environment text: String) -> RawValue {
        switch self {
        case .text:
            return .text(text)
        case .integer:
            return Int(text).map(RawValue.integer) ?? .text(text)
        case .boolean:
            switch text {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default: return .text(text)
            }
        case .list:
            return .list(Self.items(of: text).map(RawValue.text))
        case .requirements:
            var items: [String] = []
            for item in Self.items(of: text) {
                if let last = items.last, let first = item.first, "<>=!~".contains(first) {
                    items[items.count - 1] = last + "," + item
                } else {
                    items.append(item)
                }
            }
            return .list(items.map(RawValue.text))
        }
    }

    private static func items(of text: String) -> [String] {
        let items = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmingSpaces)
        return items == [""] ? [] : items
    }
}

private func trimmingSpaces(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
}
