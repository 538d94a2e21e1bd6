import PackagingStandards
import Registry

/// The parameters of an address's query, as forms write them (`application/x-www-form-urlencoded`).
struct QueryParameters: Sendable {
    private let query: Substring

    /// Takes the query out of a request's path.
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

    /// Throws `.invalidRequest` if there is a parameter of another name: a misspelt one would be passed over silently.
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
