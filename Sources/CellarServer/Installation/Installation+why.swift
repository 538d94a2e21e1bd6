import NIOCore
import PackagingStandards
import Registry

extension Installation {
    /// Prints why an index has a project, or a version of it (`project==version`), or does not have it; as JSON, what
    /// `/api/v1` answers.
    public func explain(_ target: String, index name: String, asJSON: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let (project, version) = try Self.target(target)
            let explanation = try await using { parts in
                let index = try Self.index(name, in: parts)
                try await parts.registry.start()
                return try await parts.registry.why(project, version: version, in: index, caller: .localOperator)
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

    /// Reads `project` or `project==version`. Throws `.usage` for anything else.
    private static func target(_ text: String) throws -> (NormalizedName, Version?) {
        guard let equals = text.firstRange(of: "==") else { return (try project(text), nil) }
        return (try project(String(text[..<equals.lowerBound])), try version(String(text[equals.upperBound...])))
    }
}
