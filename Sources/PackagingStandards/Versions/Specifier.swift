/// A clause of a version specifier (PEP 440), such as `>=1.2` or `!=2.0.*`.
///
/// Two clauses are equal if their operators are and their versions are, compared as versions: `==1.0` and `== 1`. For
/// `~=` the length of the release segment counts too; `===` and `.*` clauses are compared as texts.
public struct Specifier: Sendable {
    /// An operator of PEP 440.
    public enum Operator: String, Sendable, CaseIterable {
        case compatible = "~="
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
        case arbitrary = "==="
    }

    /// What a version is compared with.
    private enum Operand: Sendable {
        case version(Version)
        /// All versions whose release starts with these numbers: the `1.2.*` of `==1.2.*`.
        case prefix(Version)
        /// A text in lowercase.
        case text(String)
    }

    /// The operator.
    public let `operator`: Operator
    /// What follows the operator, as written.
    public let version: String
    private let operand: Operand

    /// Reads a clause, and ignores white space around operator and version; nil if it is malformed.
    public init?(_ text: String) {
        self.init(bytes: ArraySlice(text.utf8))
    }

    init?(bytes: ArraySlice<UInt8>) {
        let clause = Whitespace.trimmed(bytes)
        guard let found = Self.leadingOperator(of: clause) else { return nil }
        let rest = Whitespace.trimmed(clause.dropFirst(found.rawValue.utf8.count))
        guard let operand = Self.operand(of: found, bytes: rest) else { return nil }
        self.operator = found
        self.operand = operand
        version = String(decoding: rest, as: UTF8.self)
    }

    /// Whether the clause asks for pre-releases by naming one (PEP 440, "Handling of pre-releases").
    var asksForPrereleases: Bool {
        switch (self.operator, operand) {
        case (.notEqual, _), (_, .prefix): false
        case (_, .version(let version)): version.isPrerelease
        case (_, .text): Version(version)?.isPrerelease ?? false
        }
    }
}

extension Specifier {
    private static func leadingOperator(of clause: ArraySlice<UInt8>) -> Operator? {
        for length in [3, 2, 1] {
            let prefix = String(decoding: clause.prefix(length), as: UTF8.self)
            if let found = Operator(rawValue: prefix) { return found }
        }
        return nil
    }

    private static func operand(of found: Operator, bytes: ArraySlice<UInt8>) -> Operand? {
        if found == .arbitrary {
            let refused =
                Whitespace.occurs(in: bytes) || bytes.contains { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ")") }
            return refused ? nil : .text(String(decoding: bytes, as: UTF8.self).lowercased())
        }
        let mayBeExact = found == .equal || found == .notEqual
        if mayBeExact, bytes.suffix(2).elementsEqual(".*".utf8) {
            guard let prefix = Version(bytes: bytes.dropLast(2)) else { return nil }
            let isBare = !prefix.isPrerelease && !prefix.isPostrelease && prefix.localSegments.isEmpty
            return isBare ? .prefix(prefix) : nil
        }
        guard let version = Version(bytes: bytes) else { return nil }
        guard mayBeExact || version.localSegments.isEmpty else { return nil }
        guard found != .compatible || version.release.count >= 2 else { return nil }
        return .version(version)
    }
}

extension Specifier: CustomStringConvertible {
    /// The operator and the version as written, without the white space around them.
    public var description: String { self.operator.rawValue + version }
}

extension Specifier: Hashable {
    public static func == (left: Specifier, right: Specifier) -> Bool {
        left.operator == right.operator && left.comparableVersion == right.comparableVersion
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.operator)
        hasher.combine(comparableVersion)
    }

    private var comparableVersion: String {
        guard case .version(let operandVersion) = operand else { return version }
        return self.operator == .compatible ? operandVersion.description : operandVersion.canonical
    }
}

// MARK: Matching

extension Specifier {
    /// Returns whether a version satisfies this clause; pre-releases do not if `prereleases` is false.
    public func contains(_ candidate: Version, prereleases: Bool? = nil) -> Bool {
        (prereleases != false || !candidate.isPrerelease) && matches(candidate, spelling: candidate.description)
    }

    /// Returns whether a version satisfies this clause; `===` compares its spelling.
    func matches(_ candidate: Version, spelling: @autoclosure () -> String) -> Bool {
        switch operand {
        case .text(let text): spelling().lowercased() == text
        case .prefix(let prefix): Self.hasPrefix(candidate, prefix) == (self.operator == .equal)
        case .version(let version): matches(candidate, version)
        }
    }

    private func matches(_ candidate: Version, _ version: Version) -> Bool {
        switch self.operator {
        case .equal: Self.isEqual(candidate, version)
        case .notEqual: !Self.isEqual(candidate, version)
        case .lessOrEqual: candidate.publicVersion <= version
        case .greaterOrEqual: candidate.publicVersion >= version
        case .less: Self.isLess(candidate, version)
        case .greater: Self.isGreater(candidate, version)
        case .compatible: candidate.publicVersion >= version && Self.hasPrefix(candidate, version.compatiblePrefix)
        case .arbitrary: false
        }
    }

    /// Local labels count only if the clause has one.
    private static func isEqual(_ candidate: Version, _ version: Version) -> Bool {
        (version.localSegments.isEmpty ? candidate.publicVersion : candidate) == version
    }

    /// `<V` excludes pre-releases of V, unless V is one.
    private static func isLess(_ candidate: Version, _ version: Version) -> Bool {
        guard candidate < version else { return false }
        let isPrereleaseOfIt =
            candidate.isPrerelease && !version.isPrerelease && candidate >= version.firstDevelopmentVersion
        return !isPrereleaseOfIt
    }

    /// `>V` excludes V with a local label, and post-releases of V unless V is one.
    private static func isGreater(_ candidate: Version, _ version: Version) -> Bool {
        guard candidate > version else { return false }
        if candidate.isPostrelease, !version.isPostrelease, candidate.withoutPostrelease == version { return false }
        return candidate.localSegments.isEmpty || candidate.publicVersion != version
    }

    private static func hasPrefix(_ candidate: Version, _ prefix: Version) -> Bool {
        guard candidate.epoch == prefix.epoch else { return false }
        for (index, number) in prefix.release.enumerated() {
            let candidateNumber = index < candidate.release.count ? candidate.release[index] : 0
            guard candidateNumber == number else { return false }
        }
        return true
    }
}

extension Version {
    /// The prefix that `~=` requires: the release segment without its last number.
    fileprivate var compatiblePrefix: Version {
        Version(epoch: epoch, release: Array(release.dropLast()))
    }

    /// The earliest pre-release of this version, such as `1.2.dev0`.
    fileprivate var firstDevelopmentVersion: Version {
        Version(epoch: epoch, release: release, pre: pre, post: post, dev: 0)
    }

    /// The version that this one is a post-release of.
    fileprivate var withoutPostrelease: Version {
        Version(epoch: epoch, release: release, pre: pre)
    }
}
