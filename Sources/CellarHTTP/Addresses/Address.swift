import PackagingStandards
package import Registry

/// What a path of the server's protocols names, whatever the method.
///
/// The canonical addresses begin with an index's name; the same without it are those of the index `main`. Both the
/// router and the fast lane read paths here, and nowhere else.
package enum Address: Hashable, Sendable {
    /// `/<index>/`, `/<index>/legacy/`, and what other servers' users call them: an index, and where it is published to.
    case index(IndexName)
    /// `/<index>/simple/`.
    case projectList(IndexName, hasSlash: Bool)
    /// `/<index>/simple/<project>/`, with the name as it was written.
    case project(IndexName, name: String, hasSlash: Bool)
    /// `/<index>/files/<sha256>/<filename>`, with `.metadata` taken off the file's name.
    case file(FileAddress, isMetadata: Bool)
    /// `/<index>/pypi/<project>/json` and `/<index>/pypi/<project>/<version>/json`.
    case projectJSON(IndexName, name: String, version: String?)
    /// `/api/v1/…`: the segments behind that.
    case api([String])
    /// `/health/live` and `/health/ready`.
    case health(isReadiness: Bool)
    /// `/metrics`.
    case metrics
    /// `/`: the page for people, and pypicloud's address for uploads to `main`.
    case root

    /// Reads a path without its query; nil where it names nothing.
    ///
    /// Empty, `.` and `..` segments name nothing. Throws `PathNameError` for a malformed escape.
    package init?(path: some StringProtocol) throws {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments = try path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            try PathNames.decode(String($0))
        }
        let hasSlash = segments.last == ""
        if hasSlash { segments.removeLast() }
        guard segments.allSatisfy({ $0 != "" && $0 != "." && $0 != ".." }) else { return nil }
        guard let address = Self.read(segments[...], hasSlash: hasSlash) else { return nil }
        self = address
    }

    private static func read(_ segments: ArraySlice<String>, hasSlash: Bool) -> Address? {
        guard let first = segments.first else { return .root }
        let rest = segments.dropFirst()
        switch first {
        case "api" where rest.first == "v1": return .api(Array(rest.dropFirst()))
        case "health" where rest == ["live"]: return .health(isReadiness: false)
        case "health" where rest == ["ready"]: return .health(isReadiness: true)
        case "metrics" where rest.isEmpty: return .metrics
        case "pypi": return pypi(rest, hasSlash: hasSlash)
        default: break
        }
        if let index = IndexName(first) { return withinIndex(index, rest, hasSlash: hasSlash) }
        return withinIndex(.main, segments, hasSlash: hasSlash)
    }

    /// What stands behind an index's name, or at the top for `main`.
    private static func withinIndex(
        _ index: IndexName, _ segments: ArraySlice<String>, hasSlash: Bool
    ) -> Address? {
        let rest = Array(segments.dropFirst())
        switch (segments.first, rest.count) {
        case (nil, _), ("legacy", 0): return .index(index)
        case ("simple", 0): return .projectList(index, hasSlash: hasSlash)
        case ("simple", 1): return .project(index, name: rest[0], hasSlash: hasSlash)
        case ("files", 2): return file(index, digest: rest[0], name: rest[1])
        case ("pypi", 2) where rest[1] == "json": return .projectJSON(index, name: rest[0], version: nil)
        case ("pypi", 3) where rest[2] == "json": return .projectJSON(index, name: rest[0], version: rest[1])
        default: return nil
        }
    }

    /// What stands behind a leading `/pypi/`: the JSON API of `main`, pypicloud's pages of `main`, and CodeArtifact's
    /// addresses of any index.
    private static func pypi(_ segments: ArraySlice<String>, hasSlash: Bool) -> Address? {
        let parts = Array(segments)
        switch parts.count {
        case 0:
            return .projectList(.main, hasSlash: hasSlash)
        case 1 where parts[0] == "simple":
            return .projectList(.main, hasSlash: hasSlash)
        case 1:
            return .project(.main, name: parts[0], hasSlash: hasSlash)
        case 2 where parts[0] == "simple" && hasSlash:
            return .project(.main, name: parts[1], hasSlash: true)
        case 2 where parts[1] == "json":
            return .projectJSON(.main, name: parts[0], version: nil)
        case 2 where parts[0] == "simple":
            return .project(.main, name: parts[1], hasSlash: false)
        case 3 where parts[2] == "json" && parts[1] != "simple":
            return .projectJSON(.main, name: parts[0], version: parts[1])
        default:
            guard parts[1] == "simple" || parts[1] == "files" || parts[1] == "legacy" else { return nil }
            guard let index = IndexName(parts[0]) else { return nil }
            return withinIndex(index, parts[1...], hasSlash: hasSlash)
        }
    }

    private static func file(_ index: IndexName, digest: String, name: String) -> Address? {
        guard let sha256 = SHA256Digest(hex: digest) else { return nil }
        let isMetadata = name.hasSuffix(".metadata")
        let filename = isMetadata ? String(name.dropLast(".metadata".utf8.count)) : name
        guard DistributionFilename.isSafe(filename) else { return nil }
        return .file(FileAddress(index: index, sha256: sha256, filename: filename), isMetadata: isMetadata)
    }
}
