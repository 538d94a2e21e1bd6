import HTTPTypes
import PackagingStandards
package import Registry

/// What a path of the protocols names, for any method.
///
/// The canonical addresses begin with the name of an index; the same without it belong to the index `main`. Both the
/// router and the fast lane read paths here only.
package enum Address: Hashable, Sendable {
    /// `/<index>/` and `/<index>/legacy/`: an index, and where clients publish to it; `listing` is the address of its
    /// project list, relative to this one.
    case index(IndexName, listing: String)
    /// `/<index>/simple/`.
    case projectList(IndexName, hasSlash: Bool)
    /// `/<index>/simple/<project>/`, with the name as it is written.
    case project(IndexName, name: String, hasSlash: Bool)
    /// `/<index>/simple//<project>/`, as pipenv asks: the page is elsewhere, since its relative links would fail here.
    case projectBehindEmptySegment(IndexName, name: String, hasSlash: Bool)
    /// `/<index>/<project>/<version>/` and `/<index>//<project>`, which hatch and flit print after publishing; the
    /// index is `depth` folders above.
    case publishedProject(IndexName, name: String, depth: Int)
    /// `/pypi/<name>/`: for readers a project of `main` (pypicloud), for publishers an index (CodeArtifact).
    case projectOrIndex(name: String, hasSlash: Bool)
    /// `/<index>/files/<sha256>/<filename>` and `/<index>/files/u/<project>/<filename>`; the file name is without
    /// `.metadata`.
    case file(FileAddress, isMetadata: Bool)
    /// `/<index>/pypi/<project>/json` and `/<index>/pypi/<project>/<version>/json`.
    case projectJSON(IndexName, name: String, version: String?)
    /// `/<index>/integrity/<project>/<version>/<filename>/provenance` (PEP 740).
    case provenance(IndexName, project: String, version: String, filename: String)
    /// `/rss/…` and `/<index>/rss/…`: of all indexes, or of one.
    case feed(Feed, IndexName?)
    /// `/api/v1/…`: the segments after that.
    case api([String])
    /// `/_/oidc/…` and `/.well-known/pytp`.
    case trustedPublishing(TrustedPublishingResource)
    /// `/health/live` and `/health/ready`.
    case health(isReadiness: Bool)
    /// `/metrics`.
    case metrics
    /// `/`: the page for people, and pypicloud's address for uploads to `main`.
    case root

    /// Reads a path without its query, or nil if it names nothing.
    ///
    /// Segments `.` and `..` name nothing, nor do empty ones, except those that clients put before a project. A file's
    /// address does not end in a slash; elsewhere a last slash makes no difference unless `hasSlash` says so. Throws
    /// `PathNameError` for a malformed escape.
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
        switch address {
        case .file where hasSlash, .feed where hasSlash: return nil
        default: break
        }
        self = address
    }

    private static func read(_ segments: ArraySlice<String>, hasSlash: Bool) -> Address? {
        guard let first = segments.first else { return .root }
        let rest = segments.dropFirst()
        switch first {
        case "api" where rest.first == "v1": return .api(Array(rest.dropFirst()))
        case "_", ".well-known": return TrustedPublishingResource(first, rest).map(Address.trustedPublishing)
        case "health" where rest == ["live"]: return .health(isReadiness: false)
        case "health" where rest == ["ready"]: return .health(isReadiness: true)
        case "metrics" where rest.isEmpty: return .metrics
        case "rss": return Feed(Array(rest)).map { .feed($0, nil) }
        case "pypi": return pypi(Array(rest), hasSlash: hasSlash)
        default: break
        }
        if let index = IndexName(first) { return withinIndex(index, rest, hasSlash: hasSlash) }
        let address = withinIndex(.main, segments, hasSlash: hasSlash)
        // One word at the top is no project: browsers ask there for names that no page links to.
        if segments.count == 1, case .publishedProject = address { return nil }
        return address
    }

    /// Reads what follows the name of an index, or stands at the top for `main`.
    private static func withinIndex(
        _ index: IndexName, _ segments: ArraySlice<String>, hasSlash: Bool
    ) -> Address? {
        let rest = Array(segments.dropFirst())
        switch (segments.first, rest.count) {
        case (nil, _): return .index(index, listing: hasSlash ? "simple/" : "\(index)/simple/")
        case ("legacy", 0): return .index(index, listing: hasSlash ? "../simple/" : "simple/")
        // hatch looks at `+simple`, devpi's name for it, before it publishes.
        case ("simple", 0), ("+simple", 0): return .projectList(index, hasSlash: hasSlash)
        case ("simple", 1), ("+simple", 1): return .project(index, name: rest[0], hasSlash: hasSlash)
        // Mirrors and `pip search` call here for an index at `/<index>/`.
        case ("pypi", 0): return .index(index, listing: hasSlash ? "../simple/" : "simple/")
        case ("files", 2): return file(index, digest: rest[0], name: rest[1])
        case ("files", 3) where rest[0] == "u": return file(index, project: rest[1], name: rest[2])
        case ("integrity", 4) where rest[3] == ProvenanceLink.ending && DistributionFilename.isSafe(rest[2]):
            return .provenance(index, project: rest[0], version: rest[1], filename: rest[2])
        case ("rss", _): return Feed(rest).map { .feed($0, index) }
        case ("pypi", 2) where rest[1] == "json": return .projectJSON(index, name: rest[0], version: nil)
        case ("pypi", 3) where rest[2] == "json": return .projectJSON(index, name: rest[0], version: rest[1])
        default: return publishedProject(index, segments, hasSlash: hasSlash)
        }
    }

    /// Reads what follows a leading `/pypi/`: the JSON API of `main`, pypicloud's pages of `main`, and CodeArtifact's
    /// addresses of any index.
    private static func pypi(_ segments: [String], hasSlash: Bool) -> Address? {
        switch (segments.first, segments.count) {
        case (nil, _): return .projectList(.main, hasSlash: hasSlash)
        // pypicloud's pages are here; no index is called `simple` or `files`.
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

    private static func file(_ index: IndexName, digest: String, name: String) -> Address? {
        SHA256Digest(hex: digest).flatMap { file(index, .sha256($0), name: name) }
    }

    /// Takes the project's normalized name only, so that a file has one address.
    private static func file(_ index: IndexName, project: String, name: String) -> Address? {
        guard let normalized = NormalizedName(project), normalized.description == project else { return nil }
        return file(index, .project(normalized), name: name)
    }

    private static func file(_ index: IndexName, _ locator: FileAddress.Locator, name: String) -> Address? {
        let described = MetadataFilename.filename(of: name)
        let filename = described ?? name
        guard DistributionFilename.isSafe(filename) else { return nil }
        return .file(FileAddress(index: index, locator: locator, filename: filename), isMetadata: described != nil)
    }
}

extension Address {
    /// The index to which a POST at this address publishes (the legacy upload API), or nil for none.
    ///
    /// Clients of pypicloud post to `/`, `/simple/` and `/pypi/`, clients of CodeArtifact to `/pypi/<index>/`.
    package var uploadIndex: IndexName? {
        switch self {
        case .root: .main
        case .index(let index, _): index
        case .projectList(let index, _): index
        case .projectOrIndex(let name, _): IndexName(name)
        default: nil
        }
    }

    /// The index that the address belongs to, or nil if it belongs to the server.
    var index: IndexName? {
        switch self {
        case .index(let index, _), .projectList(let index, _), .project(let index, _, _),
            .projectBehindEmptySegment(let index, _, _), .publishedProject(let index, _, _),
            .projectJSON(let index, _, _), .provenance(let index, _, _, _):
            index
        case .projectOrIndex: .main
        case .file(let file, _): file.index
        case .feed(_, let index): index
        case .api, .trustedPublishing, .health, .metrics, .root: nil
        }
    }

    /// Returns the methods that are answered here. Throws `.notFound` if an address of the management API names nothing.
    func methods() throws -> [HTTPRequest.Method] {
        if case .api(let segments) = self { return try APIResource(segments).methods }
        if case .trustedPublishing(let resource) = self { return resource.methods }
        return uploadIndex == nil ? [.get, .head] : [.get, .head, .post]
    }

    /// The kind of request that the metrics count for this address.
    package var kind: RequestKind {
        switch self {
        case .index: .index
        case .projectList: .simpleList
        case .project, .projectOrIndex, .projectBehindEmptySegment, .publishedProject: .simpleProject
        case .file(_, let isMetadata): isMetadata ? .metadata : .file
        case .projectJSON: .projectJSON
        case .provenance: .provenance
        case .feed: .feed
        case .api: .api
        case .trustedPublishing: .trustedPublishing
        case .health: .health
        case .metrics: .metrics
        case .root: .root
        }
    }
}

extension Address {
    /// Reads segments of which one is empty: `…/simple//<project>`, which pipenv asks for if the address of an index ends
    /// in a slash, and `/<index>//<project>`, which flit prints then.
    private static func readEmptySegment(_ segments: [String], hasSlash: Bool) -> Address? {
        guard segments.count >= 2, let name = segments.last, segments[segments.count - 2] == "" else { return nil }
        var before = segments.dropLast(2)
        let isPage = ["simple", "+simple"].contains(before.last)
        if isPage || before.last == "legacy" { before = before.dropLast() }
        if before.first == "pypi" { before = before.dropFirst() }
        guard before.count <= 1, let index = before.first.map({ IndexName($0) }) ?? .main else { return nil }
        if isPage {
            return name.isEmpty ? nil : .projectBehindEmptySegment(index, name: name, hasSlash: hasSlash)
        }
        return publishedProject(
            index, name, depth: depth(before.isEmpty ? segments[...] : segments.dropFirst(), hasSlash))
    }

    /// Reads `<project>/` and `<project>/<version>/` after the address of an index, or after its `legacy/`.
    private static func publishedProject(_ index: IndexName, _ segments: ArraySlice<String>, hasSlash: Bool) -> Address?
    {
        let rest = segments.first == "legacy" ? segments.dropFirst() : segments
        guard let name = rest.first, rest.count <= 2 else { return nil }
        if rest.count == 2, let version = rest.last, Version(version) == nil { return nil }
        return publishedProject(index, name, depth: depth(segments, hasSlash))
    }

    private static func publishedProject(_ index: IndexName, _ name: String, depth: Int) -> Address? {
        // No project has a name here with which addresses of the server begin.
        guard !IndexName.reserved.contains(name), NormalizedName(name) != nil else { return nil }
        return .publishedProject(index, name: name, depth: depth)
    }

    /// Returns how many folders lie between the address of an index and the one to which these segments lead from it.
    private static func depth(_ segments: ArraySlice<String>, _ hasSlash: Bool) -> Int {
        hasSlash ? segments.count : segments.count - 1
    }
}

extension Address {
    /// Reads the two paths that installers ask for most, `/<index>/simple/<project>/` and
    /// `/<index>/files/<sha256>/<filename>`, if no byte of them is encoded; returns nil for any other path.
    ///
    /// It reads them as `init(path:)` does (a test compares them), in a tenth of the time.
    init?(plain path: String) {
        var path = path
        let read: Address? = path.withUTF8 { bytes in
            guard bytes.count < 512, bytes.first == UInt8(ascii: "/"), !bytes.contains(UInt8(ascii: "%")),
                let first = Self.segment(of: bytes, from: 1),
                let second = Self.segment(of: bytes, from: first.upperBound + 1)
            else { return nil }
            let rest = bytes[(second.upperBound + 1)...]
            guard let index = IndexName(String(decoding: bytes[first], as: UTF8.self)) else { return nil }
            switch second.count {
            case 6 where bytes[second].elementsEqual("simple".utf8): return Self.project(rest, in: index)
            case 5 where bytes[second].elementsEqual("files".utf8): return Self.file(rest, in: index)
            default: return nil
            }
        }
        guard let read else { return nil }
        self = read
    }

    /// Returns the bytes up to the next slash, or nil if there is none, or nothing before it.
    private static func segment(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
        guard start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")), end > start else {
            return nil
        }
        return start..<end
    }

    private static func project(_ rest: Slice<UnsafeBufferPointer<UInt8>>, in index: IndexName) -> Address? {
        guard rest.last == UInt8(ascii: "/"), rest.count > 1 else { return nil }
        let name = rest.dropLast()
        guard !name.contains(UInt8(ascii: "/")), name.first != UInt8(ascii: ".") else { return nil }
        return .project(index, name: String(decoding: name, as: UTF8.self), hasSlash: true)
    }

    private static func file(_ rest: Slice<UnsafeBufferPointer<UInt8>>, in index: IndexName) -> Address? {
        guard rest.count > 65, rest[rest.startIndex + 64] == UInt8(ascii: "/") else { return nil }
        let digest = String(decoding: rest.prefix(64), as: UTF8.self)
        let name = String(decoding: rest.dropFirst(65), as: UTF8.self)
        return file(index, digest: digest, name: name)
    }
}
