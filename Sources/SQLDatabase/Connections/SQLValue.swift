import PackagingStandards

/// A parameter of a statement: the three kinds that both drivers know.
enum SQLValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    case text(String)
    case integer(Int64)
    case null

    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(nilLiteral: ()) { self = .null }

    /// A text, or null for none.
    init(_ text: String?) {
        if let text { self = .text(text) } else { self = .null }
    }

    /// A number, or null for none.
    init(_ number: Int64?) {
        if let number { self = .integer(number) } else { self = .null }
    }

    init(_ number: Int) { self = .integer(Int64(number)) }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    init(_ digest: SHA256Digest) { self = .text(digest.description) }
    init(_ digest: SHA256Digest?) { self.init(digest?.description) }
    init(_ moment: Timestamp) { self = .integer(moment.microseconds) }
    init(_ name: NormalizedName) { self = .text(name.description) }
}
