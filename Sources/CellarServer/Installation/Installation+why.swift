import NIOCore
import PackagingStandards
import Registry

extension Installation {
    /// Prints why an index has a project, a version of it (`project==version`) or some of them (`project>=2`), or does
    /// not have it; as JSON, what `/api/v1` answers.
    public func explain(_ target: String, index name: String, asJSON: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let (project, version, specifiers) = try Self.target(target)
            let explanation = try await using { parts in
                let index = try Self.index(name, in: parts)
                try await parts.registry.start()
                return try await parts.registry.explaining.why(
                    project, version: version, specifiers: specifiers, in: index, caller: .localOperator)
            }
            guard asJSON else {
                for line in explanation.lines { console.print(line) }
                return
            }
            var json = JSONWriter()
            json.object { json in explanation.writeMembers(into: &json) }
            console.print(String(buffer: json.buffer))
        }
    }

    /// Reads `project`, `project==version`, or a project with other specifiers. Throws `.usage` for anything else.
    private static func target(_ text: String) throws -> (NormalizedName, Version?, SpecifierSet?) {
        guard let start = text.firstIndex(where: { "<>=!~(".contains($0) }) else {
            return (try project(text), nil, nil)
        }
        if text[start...].hasPrefix("=="), let version = Version(String(text[start...].dropFirst(2))) {
            return (try project(String(text[..<start]).trimmingSpaces), version, nil)
        }
        guard let requirement = ProjectRequirement(text) else {
            throw CommandFailure(
                .usage, "\(text) is not a project with versions: write it as numpy, numpy==2.1 or \"numpy>=2,<3\".")
        }
        return (requirement.name, nil, requirement.specifiers)
    }
}
