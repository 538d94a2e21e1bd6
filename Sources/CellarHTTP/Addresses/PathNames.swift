import PackagingStandards
import Registry

/// Why a segment of a request's path can't be a name.
package enum PathNameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A `%` isn't followed by two hexadecimal digits.
    case invalidPercentEncoding
    /// The bytes aren't UTF-8.
    case notUTF8
    /// The segment has a slash, plain or encoded.
    case slash
    /// The segment has a NUL or another control character.
    case controlCharacter

    package var description: String {
        switch self {
        case .invalidPercentEncoding: "The address holds a percent sign without two hexadecimal digits."
        case .notUTF8: "The address isn't valid UTF-8."
        case .slash: "The address holds an encoded slash inside a name."
        case .controlCharacter: "The address holds a control character."
        }
    }
}

/// Reads the segments of a request's path as names.
package enum PathNames {
    /// Decodes one segment: what stands between two slashes of the path as it was sent.
    ///
    /// It is decoded once, and a plus sign stays one (RFC 3986). Callers check what the name may be: `..`, backslashes
    /// and look-alikes pass.
    ///
    /// - Throws: Why the segment is no name.
    package static func decode(_ segment: Substring) throws(PathNameError) -> String {
        if segment.utf8.allSatisfy(isPlain) { return String(segment) }
        guard let bytes = PercentCoding.decode(Array(segment.utf8)) else { throw .invalidPercentEncoding }
        guard !bytes.contains(UInt8(ascii: "/")) else { throw .slash }
        guard !bytes.contains(where: ASCII.isControl) else { throw .controlCharacter }
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return name
    }

    /// Decodes one segment that stands by itself.
    ///
    /// - Throws: Why the segment is no name.
    package static func decode(_ segment: String) throws(PathNameError) -> String {
        try decode(Substring(segment))
    }

    /// Returns the project that a decoded segment names. Throws `.notFound`: no project can have such a name.
    static func project(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else {
            throw RegistryError(.notFound, "No project can have this name.")
        }
        return name
    }

    /// Returns the version that a decoded segment names. Throws `.notFound`.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else {
            throw RegistryError(.notFound, "This is not a version: see PEP 440.")
        }
        return version
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        ASCII.isVisible(byte) && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "/")
    }
}

/// The parameters of a query, written as `application/x-www-form-urlencoded`.
struct QueryParameters: Sendable {
    private let query: Substring

    /// Takes the query from a request's path.
    init(path: String) {
        query = path.drop { $0 != "?" }.dropFirst()
    }

    /// Returns the value of a parameter, decoded, or nil if it is absent.
    ///
    /// Throws `.invalidRequest` if it is given twice or is no UTF-8 text.
    func value(_ name: String) throws -> String? {
        var found: String?
        for part in query.split(separator: "&") {
            let (key, value) = Self.halves(part)
            guard Self.decode(key) == name else { continue }
            guard found == nil else {
                throw RegistryError(.invalidRequest, "The parameter \(name) is given twice; give it once.")
            }
            guard let text = Self.decode(value) else {
                throw RegistryError(.invalidRequest, "The parameter \(name) is not percent-encoded UTF-8.")
            }
            found = text
        }
        return found
    }

    /// Throws `.invalidRequest` if a parameter has another name: a misspelt one would be ignored silently.
    func check(known: Set<String>) throws {
        for part in query.split(separator: "&") {
            let name = Self.decode(Self.halves(part).key) ?? ""
            guard known.contains(name) else {
                let names = known.sorted().joined(separator: ", ")
                throw RegistryError(
                    .invalidRequest,
                    known.isEmpty
                        ? "This address takes no parameters." : "This address takes no other parameters than \(names).")
            }
        }
    }

    private static func halves(_ part: Substring) -> (key: Substring, value: Substring) {
        guard let equals = part.firstIndex(of: "=") else { return (part, "") }
        return (part[..<equals], part[part.index(after: equals)...])
    }

    private static func decode(_ text: Substring) -> String? {
        let spaced = text.utf8.lazy.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return PercentCoding.decode(Array(spaced)).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
