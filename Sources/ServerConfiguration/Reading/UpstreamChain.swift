import PackagingStandards
import Registry

/// What the indexes of a configuration say of upstreams, checked against each other.
struct UpstreamChain {
    /// An index as it was read, with its lists in the order in which they stand in the file.
    struct WrittenIndex {
        var settings: IndexSettings
        let upstreams: [String]
        let mirrored: [NormalizedName]
    }

    let upstreamNames: [String]
    private let indexNames: Set<String>

    init(indexNames: [String], upstreams: [(name: String, place: ConfigurationPlace)], _ reader: inout SettingsReader) {
        self.indexNames = Set(indexNames.filter { IndexName($0) != nil })
        upstreamNames = upstreams.map(\.name)
        for (name, place) in upstreams where self.indexNames.contains(name) {
            reader.fail(
                "there are [upstream.\(name)] and [index.\(name)]: a name in upstreams could mean either; give one of "
                    + "them another name",
                at: place)
        }
    }

    /// Returns what the items of `index.<name>.upstreams` mean; those that mean nothing are reported and left out.
    func references(_ items: [String], of index: String, _ reader: inout SettingsReader) -> [UpstreamReference] {
        var references: [UpstreamReference] = []
        for (item, name) in items.enumerated() {
            let place = reader.place(ofItem: item, of: DeclaredKeys.upstreams, named: index)
            guard let reference = reference(name) else {
                reader.fail("index.\(index).upstreams \(explain(unknown: name, from: index))", at: place)
                continue
            }
            if references.contains(reference) {
                reader.fail("index.\(index).upstreams has \(quoted(name)) twice", at: place)
            } else {
                references.append(reference)
            }
        }
        return references
    }

    private func reference(_ name: String) -> UpstreamReference? {
        if indexNames.contains(name) { return IndexName(name).map(UpstreamReference.index) }
        return upstreamNames.contains(name) ? .remote(name) : nil
    }

    private func explain(unknown name: String, from index: String) -> String {
        let known = (upstreamNames + indexNames).filter { $0 != index }.sorted()
        let kind = "names \(quoted(name)), for which there is neither [upstream.\(name)] nor [index.\(name)]"
        if let meant = nearest(to: name, among: known) { return "\(kind); did you mean \(quoted(meant))?" }
        return "\(kind): there \(known.count == 1 ? "is only" : "are") \(known.map(quoted).joined(separator: ", "))"
    }

    /// Checks what the indexes mean together.
    func check(_ indexes: [WrittenIndex], _ reader: inout SettingsReader) {
        checkCircles(indexes, &reader)
        for index in indexes {
            checkRedirect(index, among: indexes, &reader)
            checkMirrored(index, among: indexes, &reader)
        }
    }

    // MARK: Circles

    /// Refuses circles: an index that is its own upstream would be asked for ever.
    private func checkCircles(_ indexes: [WrittenIndex], _ reader: inout SettingsReader) {
        let byName = Dictionary(indexes.map { ($0.settings.name, $0) }) { first, _ in first }
        var finished: Set<IndexName> = []
        for index in indexes { walk(index, path: [], byName, &finished, &reader) }
    }

    private func walk(
        _ index: WrittenIndex, path: [IndexName], _ byName: [IndexName: WrittenIndex],
        _ finished: inout Set<IndexName>, _ reader: inout SettingsReader
    ) {
        let name = index.settings.name
        guard !finished.contains(name) else { return }
        let path = path + [name]
        for (item, written) in index.upstreams.enumerated() {
            guard case .index(let next)? = reference(written) else { continue }
            if let start = path.firstIndex(of: next) {
                let circle = (path[start...] + [next]).map(\.description).joined(separator: " → ")
                reader.fail(
                    "index.\(name).upstreams leads in a circle: \(circle)",
                    at: reader.place(ofItem: item, of: DeclaredKeys.upstreams, named: name.description))
            } else if let next = byName[next] {
                walk(next, path: path, byName, &finished, &reader)
            }
        }
        finished.insert(name)
    }

    // MARK: Modes

    private func checkRedirect(
        _ index: WrittenIndex, among indexes: [WrittenIndex], _ reader: inout SettingsReader
    ) {
        guard index.settings.fallback == .redirect else { return }
        var (open, seen): ([WrittenIndex], Set<IndexName>) = ([index], [])
        while let next = open.popLast() {
            guard seen.insert(next.settings.name).inserted else { continue }
            for reference in next.settings.upstreams {
                switch reference {
                case .remote: return
                case .index(let name): open += indexes.filter { $0.settings.name == name }
                }
            }
        }
        let name = index.settings.name.description
        let key: any DeclaredKey =
            reader.isWritten(DeclaredKeys.upstreams, named: name) ? DeclaredKeys.upstreams : DeclaredKeys.fallback
        reader.fail(
            "index.\(name).fallback is \"redirect\", but index.\(name).upstreams leads to no [upstream.<name>] whose "
                + "pages clients could be sent to",
            at: reader.place(of: key, named: name))
    }

    private func checkMirrored(
        _ index: WrittenIndex, among indexes: [WrittenIndex], _ reader: inout SettingsReader
    ) {
        let name = index.settings.name.description
        if !index.mirrored.isEmpty, index.settings.fallback != .mirror {
            reader.fail(
                "index.\(name).mirror_projects has a meaning only with fallback = \"mirror\", and index.\(name).fallback "
                    + "is \(quoted(index.settings.fallback.rawValue))",
                at: reader.place(of: DeclaredKeys.mirrorProjects, named: name))
        }
        for (item, project) in index.mirrored.enumerated() {
            let owner = indexes.lazy.compactMap { owner in
                owner.settings.privateNames.first { $0.matches(project) }.map { (owner.settings.name, $0) }
            }.first
            guard let (other, pattern) = owner else { continue }
            reader.fail(
                "index.\(name).mirror_projects has \(quoted(project.description)), which is private: "
                    + "index.\(other).private has \(quoted(pattern.description))",
                at: reader.place(ofItem: item, of: DeclaredKeys.mirrorProjects, named: name))
        }
    }
}
