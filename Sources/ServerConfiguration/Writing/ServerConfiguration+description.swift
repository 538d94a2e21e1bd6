import PackagingStandards

extension ServerConfiguration {
    /// Returns the whole configuration as it took effect, for `cellar check`: each value with where it stands, no
    /// secrets.
    package func describe() -> String {
        var lines: [String] = []
        var section: [String] = []
        for setting in effectiveSettings.sorted(by: Self.inSectionOrder) {
            if Array(setting.path.dropLast()) != section {
                section = setting.path.dropLast()
                lines += (lines.isEmpty ? [] : [""]) + ["[\(section.map(Self.key).joined(separator: "."))]"]
            }
            let key = Self.key(setting.path.last ?? "")
            lines.append(
                setting.value.map { "\(key) = \($0)  # \(setting.place)" }
                    ?? "# \(key): \(setting.note ?? "none")")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Returns a part of a path as it stands in the file.
    private static func key(_ name: String) -> String {
        name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
            ? name : quoted(name)
    }

    private static func inSectionOrder(_ left: EffectiveSetting, _ right: EffectiveSetting) -> Bool {
        let sections = DeclaredKeys.sections.map { $0.pattern[0] }
        let rank = { (setting: EffectiveSetting) in sections.firstIndex(of: setting.path[0]) ?? sections.count }
        return rank(left) < rank(right)
    }
}
