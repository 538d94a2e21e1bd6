extension Specifier {
    /// Whether a version satisfies this clause; pre-releases do only where `prereleases` isn't false.
    public func contains(_ candidate: Version, prereleases: Bool? = nil) -> Bool {
        (prereleases != false || !candidate.isPrerelease) && matches(candidate, spelling: candidate.description)
    }

    /// Whether a version satisfies this clause, where `===` compares it as it is spelled.
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

    /// Local labels count only where the clause has one.
    private static func isEqual(_ candidate: Version, _ version: Version) -> Bool {
        (version.localSegments.isEmpty ? candidate.publicVersion : candidate) == version
    }

    /// `<V` leaves out pre-releases of V, unless V is one itself.
    private static func isLess(_ candidate: Version, _ version: Version) -> Bool {
        guard candidate < version else { return false }
        let isPrereleaseOfIt =
            candidate.isPrerelease && !version.isPrerelease && candidate >= version.firstDevelopmentVersion
        return !isPrereleaseOfIt
    }

    /// `>V` leaves out post-releases of V, unless V is one itself, and V with a local label.
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
    /// The prefix that `~=` holds fast: the release segment without its last number.
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
