import Logging
import NIOCore
import PackagingStandards

/// Keeps what projects are found by, and what they need, as the core metadata of their standing releases say it.
///
/// A publish writes it with the file. What it does not settle is done here afterwards: another release stands for a project
/// because the last one was yanked or deleted, the database was rebuilt or comes from an older program, or an older
/// program still works on it.
public struct Describing: Sendable {
    /// How many projects are described in one transaction.
    private static let batch = 100
    /// How many core metadata are read at once.
    private static let readers = 8

    let database: any SearchDatabase
    let storage: any Storage
    let logger: Logger

    /// Returns whether any project is not described as it is now.
    public func isDue() async throws -> Bool {
        try await !database.undescribedProjects(limit: 1).isEmpty
    }

    /// Describes all projects that are not described as they are now.
    ///
    /// - Parameter report: Called from time to time with the number of those that are done.
    /// - Returns: How many there were.
    /// - Throws: What database and storage do.
    @discardableResult
    public func run(report: @Sendable (Int) -> Void = { _ in }) async throws -> Int {
        var done = 0
        while true {
            try Task.checkCancellation()
            let projects = try await database.undescribedProjects(limit: Self.batch)
            guard !projects.isEmpty else { return done }
            try await database.describe(try await descriptions(of: projects))
            done += projects.count
            report(done)
            // Projects that changed meanwhile come again; a full batch of them, again and again, would be a defect.
            guard projects.count == Self.batch else { return done }
        }
    }

    private func descriptions(of projects: [UndescribedProject]) async throws -> [ProjectDescription] {
        try await withThrowingTaskGroup(of: ProjectDescription.self) { tasks in
            var rest = projects[...]
            var described: [ProjectDescription] = []
            for project in rest.prefix(Self.readers) { tasks.addTask { try await description(of: project) } }
            rest = rest.dropFirst(Self.readers)
            while let next = try await tasks.next() {
                described.append(next)
                guard let project = rest.popFirst() else { continue }
                tasks.addTask { try await description(of: project) }
            }
            return described
        }
    }

    private func description(of project: UndescribedProject) async throws -> ProjectDescription {
        guard let blob = project.metadata else { return ProjectDescription(project: project, excerpt: nil) }
        guard let bytes = try await storage.get(.blob(blob), limit: CoreMetadata.defaultMaximumSize) else {
            logger.warning(
                "the core metadata of a project are missing from storage: searches find it by name and summary",
                metadata: ["blob": "\(blob.name)", "sha256": "\(blob.digest)"])
            return ProjectDescription(project: project, excerpt: nil)
        }
        let metadata = try? CoreMetadata(parsing: Array(buffer: bytes))
        return ProjectDescription(
            project: project, excerpt: metadata.map { MetadataExcerpt($0, digest: blob.digest) })
    }
}
