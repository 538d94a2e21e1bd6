import PackagingStandards
import Registry

extension Address {
    /// Reads segments of which one is empty: `…/simple//<project>`, as pipenv asks for an index whose address ends in a
    /// slash, and `/<index>//<project>`, as flit prints it for one.
    static func readEmptySegment(_ segments: [String], hasSlash: Bool) -> Address? {
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

    /// Reads `<project>/` and `<project>/<version>/` behind an index's address, or behind its `legacy/`.
    static func publishedProject(_ index: IndexName, _ segments: ArraySlice<String>, hasSlash: Bool) -> Address? {
        let rest = segments.first == "legacy" ? segments.dropFirst() : segments
        guard let name = rest.first, rest.count <= 2 else { return nil }
        if rest.count == 2, let version = rest.last, Version(version) == nil { return nil }
        return publishedProject(index, name, depth: depth(segments, hasSlash))
    }

    private static func publishedProject(_ index: IndexName, _ name: String, depth: Int) -> Address? {
        // What an address of the server begins with is no project's name here.
        guard !IndexName.reserved.contains(name), NormalizedName(name) != nil else { return nil }
        return .publishedProject(index, name: name, depth: depth)
    }

    /// How many folders lie between an index's address and the one that these segments lead to from there.
    private static func depth(_ segments: ArraySlice<String>, _ hasSlash: Bool) -> Int {
        hasSlash ? segments.count : segments.count - 1
    }
}
