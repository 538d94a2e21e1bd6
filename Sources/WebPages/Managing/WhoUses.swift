import PackagingStandards
import Registry

/// Who uses a project here, as far as the visitor may see: what a deletion breaks.
struct WhoUses: Sendable {
    let desk: Desk
    private static let mostListed = 50

    /// Returns the part of a preview.
    func part(_ project: ManagedProject, _ visit: PageVisit) async throws -> Screen.Part {
        let heading = visit.text("uses.title")
        let found: DependentList
        do {
            found = try await desk.registry.dependents.dependents(
                of: project.name, in: project.index, limit: Self.mostListed, caller: visit.caller)
        } catch let error as RegistryError where error.code == .notFound || error.code == .forbidden {
            return Screen.Part(heading, anchor: "uses", [.why(visit.text(of: error))])
        }
        let table = Table(
            heading, [Table.Column(visit.text("rights.project")), Table.Column(visit.text("rights.index"))],
            found.dependents.map { dependent in
                [
                    Cell(
                        .link(
                            dependent.project.description,
                            "./\(visit.home)\(dependent.index)/projects/\(dependent.project)/")),
                    .text(dependent.index.description),
                ]
            }, empty: visit.text("uses.none"))
        var blocks: [Block] = [.table(table)]
        if found.count > found.dependents.count {
            blocks.append(.text(visit.text("uses.more", ["count": String(found.count)])))
        }
        return Screen.Part(heading, anchor: "uses", blocks)
    }
}
