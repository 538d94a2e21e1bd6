/// Says what was probably meant by a key or section that does not exist.
enum UnknownKey {
    /// Returns the error text for a path that no declared key has.
    static func explain(_ path: [String], isSection: Bool) -> String {
        let written = path.joined(separator: ".")
        let section = Array(path.dropLast())
        let siblings = DeclaredKeys.all.filter { $0.matches(section + [$0.pattern.last ?? ""]) }
        guard siblings.isEmpty else { return unknownKey(path, written: written, siblings: siblings) }
        if isSection {
            let names = DeclaredKeys.sections.map { $0.pattern[0] }
            let kind = "unknown section [\(written)]"
            guard path.count == 1, let meant = nearest(to: written, among: names) else {
                let sections = DeclaredKeys.sections.map { DeclaredKeys.displayName(ofSection: $0.pattern) }
                return "\(kind): there are \(sections.joined(separator: ", "))"
            }
            return "\(kind); did you mean [\(meant)]?"
        }
        return unknownKey(path, written: written, siblings: [])
    }

    private static func unknownKey(_ path: [String], written: String, siblings: [any DeclaredKey]) -> String {
        let kind = "unknown key \(written)"
        let name = path.last ?? ""
        let section = path.dropLast()
        if let meant = nearest(to: name, among: siblings.map(\.name)) {
            return "\(kind); did you mean \((section + [meant]).joined(separator: "."))?"
        }
        if let elsewhere = DeclaredKeys.all.first(where: { $0.name == name }) {
            return "\(kind); did you mean \(elsewhere.displayName)?"
        }
        if siblings.isEmpty, let meant = nearest(to: name, among: DeclaredKeys.all.map(\.name)),
            let key = DeclaredKeys.all.first(where: { $0.name == meant })
        {
            return "\(kind); did you mean \(key.displayName)?"
        }
        guard !siblings.isEmpty else { return kind }
        let names = siblings.map(\.name).joined(separator: ", ")
        return "\(kind): [\(section.joined(separator: "."))] has \(names)"
    }
}
