/// Clauses separated by commas, all of which a version must satisfy (PEP 440), such as `>=3.9, !=3.9.1`.
///
/// The empty set contains every version. Clauses are sorted by their text, and equal ones are kept once: sets of the
/// same clauses are equal.
public struct SpecifierSet: Sendable, Hashable {
    /// The clauses, sorted by their text.
    public let specifiers: [Specifier]

    /// Reads a set; nil if any clause is malformed. Empty clauses are ignored, as in `>=3.9,`.
    public init?(_ text: String) {
        var clauses: [(text: String, specifier: Specifier)] = []
        for part in ArraySlice(text.utf8).split(separator: UInt8(ascii: ",")) {
            let clause = Whitespace.trimmed(part)
            guard !clause.isEmpty else { continue }
            guard let specifier = Specifier(bytes: clause) else { return nil }
            clauses.append((specifier.description, specifier))
        }
        clauses.sort { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
        var seen: Set<Specifier> = []
        specifiers = clauses.map(\.specifier).filter { seen.insert($0).inserted }
    }

    /// Returns whether a version satisfies all clauses.
    ///
    /// Pre-releases can, unless `prereleases` is false: for a single version there is no other to prefer.
    public func contains(_ version: Version, prereleases: Bool? = nil) -> Bool {
        guard prereleases != false || !version.isPrerelease else { return false }
        return specifiers.allSatisfy { $0.matches(version, spelling: version.description) }
    }

    /// Returns whether a text satisfies all clauses. A text that is not a version satisfies only `===`, which compares
    /// the texts as written except for case.
    public func contains(_ text: String, prereleases: Bool? = nil) -> Bool {
        guard let version = Version(text) else {
            return specifiers.allSatisfy { $0.operator == .arbitrary && $0.version.lowercased() == text.lowercased() }
        }
        guard prereleases != false || !version.isPrerelease else { return false }
        return specifiers.allSatisfy { $0.matches(version, spelling: text) }
    }

    /// Returns the versions that satisfy all clauses, in the given order.
    ///
    /// Pre-releases are included if `prereleases` says so. If it is nil, they are included if a clause names a
    /// pre-release, or if nothing else satisfies the clauses (PEP 440, "Handling of pre-releases").
    public func filter(_ versions: [Version], prereleases: Bool? = nil) -> [Version] {
        let matching = versions.filter { contains($0) }
        let asked = prereleases ?? (specifiers.contains(where: \.asksForPrereleases) ? true : nil)
        if asked == true { return matching }
        let final = matching.filter { !$0.isPrerelease }
        return asked == nil && final.isEmpty ? matching : final
    }
}

extension SpecifierSet: CustomStringConvertible {
    /// The clauses joined by commas.
    public var description: String {
        specifiers.map(\.description).joined(separator: ",")
    }
}
