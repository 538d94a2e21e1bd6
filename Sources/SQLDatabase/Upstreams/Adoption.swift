import PackagingStandards
import Registry

/// The transaction that gives a name to the upstream that first knew it.
struct Adoption: Sendable {
    let project: NormalizedName
    let displayName: String
    let upstream: String
    let index: IndexName
    let mayMix: Bool
    let moment: Timestamp

    /// Returns the origin that is settled already, so that nothing is written, or nil if none is. A nil inside says
    /// that the name is published here, so that no upstream gets it.
    func settled(on connection: any SQLConnection) throws -> ProjectOrigin?? {
        if let origin = try connection.origin(of: project, in: index), origin != .released { return origin }
        return try !mayMix && connection.isPublishedAnywhere(project) ? .some(nil) : nil
    }

    /// Returns the origin that stands at the end, or nil if none does.
    ///
    /// A first publish of the name, in whichever index, locks the same rows: one of the two comes first, and the other
    /// one sees it.
    func run(on connection: any SQLConnection) throws -> ProjectOrigin? {
        let index = try connection.requiredIndex(named: index)
        if let known = try connection.project(project, in: index), known.origin != .released { return known.origin }
        try connection.lockIndexes()
        if let settled = try settled(on: connection) { return settled }
        let serial = try connection.nextSerial(of: index)
        return try connection.setOrigin(
            .upstream(upstream), of: project, displayName: displayName, in: index, serial: serial,
            changedBy: ProjectOrigin.upstream(upstream).description, at: moment
        ).origin
    }
}
