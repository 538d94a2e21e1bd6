import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    func why(_ project: NormalizedName, in index: IndexName) async throws -> Response {
        let version = try queryText("version").map(Self.version)
        let explanation = try await registry.explaining.why(project, version: version, in: index, caller: caller)
        return Self.json { json in explanation.writeMembers(into: &json) }
    }
}
