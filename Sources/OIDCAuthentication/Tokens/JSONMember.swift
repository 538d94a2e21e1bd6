import FoundationEssentials
import Registry

/// The value of a member of a token's header or claims.
enum JSONMember: Decodable, Hashable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case texts([String])
    /// An object, null, or a list of something else.
    case other

    init(from decoder: any Decoder) throws {
        guard let container = try? decoder.singleValueContainer() else {
            self = .other
            return
        }
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .boolean(flag)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let texts = try? container.decode([String].self) {
            self = .texts(texts)
        } else {
            self = .other
        }
    }

    /// Reads an object; returns nil for anything else.
    static func object(_ bytes: [UInt8]) -> [String: JSONMember]? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        return try? JSONDecoder().decode([String: JSONMember].self, from: Data(bytes))
    }

    /// The value as that of a claim; nil for what is none.
    var claim: ClaimValue? {
        switch self {
        case .text(let text): .single(text)
        case .integer(let number): .single(String(number))
        case .boolean(let flag): .single(flag ? "true" : "false")
        case .texts(let texts): .several(texts)
        case .number, .other: nil
        }
    }

    /// Seconds since 1970 as microseconds (`NumericDate`, RFC 7519 §2), or nil for what is no number of this age.
    var microseconds: Int64? {
        let seconds: Double
        switch self {
        case .integer(let number): seconds = Double(number)
        case .number(let number): seconds = number
        case .text, .boolean, .texts, .other: return nil
        }
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return nil }
        return Int64(seconds * 1_000_000)
    }
}
