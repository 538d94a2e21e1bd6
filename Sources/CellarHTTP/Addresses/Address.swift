import PackagingStandards
package import Registry

/// What a path of the server's protocols names, whatever the method.
///
/// The canonical addresses begin with an index's name; the same without it are those of the index `main`. Both the
/// router and the fast lane read paths here, and nowhere else.
package enum Address: Hashable, Sendable {
    /// `/<index>/` and `/<index>/legacy/`: an index, and where it is published to; `listing` is where its project list
    /// lies, relative to this address.
    case index(IndexName, listing: String)
    /// `/<index>/simple/`.
    case projectList(IndexName, hasSlash: Bool)
    /// `/<index>/simple/<project>/`, with the name as it was written.
    case project(IndexName, name: String, hasSlash: Bool)
    /// `/<index>/simple//<project>/`, as pipenv asks: the page is elsewhere, since links would not lead from here.
    case projectBehindEmptySegment(IndexName, name: String, hasSlash: Bool)
    /// `/<index>/<project>/<version>/` and `/<index>//<project>`, which hatch and flit print after publishing; the index
    /// lies `depth` folders above.
    case publishedProject(IndexName, name: String, depth: Int)
    /// `/pypi/<name>/`: for readers a project of `main` (pypicloud), for publishers an index (CodeArtifact).
    case projectOrIndex(name: String, hasSlash: Bool)
    /// `/<index>/files/<sha256>/<filename>` and `/<index>/files/u/<project>/<filename>`, with `.metadata` taken off the file's name.
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
    /// `.` and `..` segments name nothing, nor do empty ones but where clients put them before a project, and a file's
    /// address does not end in a slash; elsewhere a last slash makes no difference, or the one that is told. Throws `PathNameError` for a malformed escape.
    package init?(path: some StringProtocol) throws {
        guard path.utf8.first == UInt8(ascii: "/") else { return nil }
        var segments = try path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            try PathNames.decode(String($0))
        }
        let hasSlash = segments.last == ""
        if hasSlash { segments.removeLast() }
        guard segments.allSatisfy({ $0 != "." && $0 != ".." }) else { return nil }
        guard !segments.contains("") else {
            guard let address = Self.readEmptySegment(segments, hasSlash: hasSlash) else { return nil }
            self = address
            return
        }
        guard let address = Self.read(segments[...], hasSlash: hasSlash) else { return nil }
        if case .file = address, hasSlash { return nil }
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
        case "pypi": return pypi(Array(rest), hasSlash: hasSlash)
        default: break
        }
        if let index = IndexName(first) { return withinIndex(index, rest, hasSlash: hasSlash) }
        let address = withinIndex(.main, segments, hasSlash: hasSlash)
        // One word at the top is no project: browsers ask for names there that no page links to.
        if segments.count == 1, case .publishedProject = address { return nil }
        return address
    }

    /// What stands behind an index's name, or at the top for `main`.
    private static func withinIndex(
        _ index: IndexName, _ segments: ArraySlice<String>, hasSlash: Bool
    ) -> Address? {
        let rest = Array(segments.dropFirst())
        switch (segments.first, rest.count) {
        case (nil, _): return .index(index, listing: hasSlash ? "simple/" : "\(index)/simple/")
        case ("legacy", 0): return .index(index, listing: hasSlash ? "../simple/" : "simple/")
        // devpi's name for it, where hatch looks before it publishes.
        case ("simple", 0), ("+simple", 0): return .projectList(index, hasSlash: hasSlash)
        case ("simple", 1), ("+simple", 1): return .project(index, name: rest[0], hasSlash: hasSlash)
        // Where mirrors and `pip search` call, for an index at `/<index>/`.
        case ("pypi", 0): return .index(index, listing: hasSlash ? "../simple/" : "simple/")
        case ("files", 2): return file(index, digest: rest[0], name: rest[1])
        case ("files", 3) where rest[0] == "u": return file(index, project: rest[1], name: rest[2])
        case ("pypi", 2) where rest[1] == "json": return .projectJSON(index, name: rest[0], version: nil)
        case ("pypi", 3) where rest[2] == "json": return .projectJSON(index, name: rest[0], version: rest[1])
        default: return publishedProject(index, segments, hasSlash: hasSlash)
        }
    }

    /// What stands behind a leading `/pypi/`: the JSON API of `main`, pypicloud's pages of `main`, and CodeArtifact's
    /// addresses of any index.
    private static func pypi(_ segments: [String], hasSlash: Bool) -> Address? {
        switch (segments.first, segments.count) {
        case (nil, _): return .projectList(.main, hasSlash: hasSlash)
        // pypicloud's pages lie here; `simple` and `files` are no index's names.
        case ("simple", 2) where segments.last == "json" && !hasSlash:
            return .projectJSON(.main, name: "simple", version: nil)
        case ("simple", 1), ("simple", 2), ("files", 3), ("files", 4):
            return withinIndex(.main, segments[...], hasSlash: hasSlash)
        case (let name?, 1): return .projectOrIndex(name: name, hasSlash: hasSlash)
        default: break
        }
        switch (segments.count, segments.last) {
        case (2, "json"): return .projectJSON(.main, name: segments[0], version: nil)
        case (3, "json") where segments[1] != "simple":
            return .projectJSON(.main, name: segments[0], version: segments[1])
        default:
            guard ["simple", "files", "legacy"].contains(segments[1]), let index = IndexName(segments[0]) else {
                return nil
            }
            return withinIndex(index, segments[1...], hasSlash: hasSlash)
        }
    }

    static func file(_ index: IndexName, digest: String, name: String) -> Address? {
        SHA256Digest(hex: digest).flatMap { file(index, .sha256($0), name: name) }
    }

    /// Only the project's normalized name makes an address: a file has one.
    private static func file(_ index: IndexName, project: String, name: String) -> Address? {
        guard let normalized = NormalizedName(project), normalized.description == project else { return nil }
        return file(index, .project(normalized), name: name)
    }

    private static func file(_ index: IndexName, _ locator: FileAddress.Locator, name: String) -> Address? {
        let isMetadata = name.hasSuffix(".metadata")
        let filename = isMetadata ? String(name.dropLast(".metadata".utf8.count)) : name
        guard DistributionFilename.isSafe(filename) else { return nil }
        return .file(FileAddress(index: index, locator: locator, filename: filename), isMetadata: isMetadata)
    }
}
