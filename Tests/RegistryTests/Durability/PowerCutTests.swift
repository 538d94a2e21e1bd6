import Registry
import RegistryTestSupport
import Testing

/// Publishing on a disk and a database that lose, at a power cut, what was not synced.
@Suite("A power cut while publishing")
struct PowerCutTests {
    @Test("loses nothing that was answered and shows nothing that is not available", arguments: 0..<40, [true, false])
    func cut(afterCalls calls: Int, canSyncSystem: Bool) async throws {
        let place = try TestInstallation.Place()
        let files = PowerCutFolder(folder: place.filesFolder, canSyncSystem: canSyncSystem)
        let database = try PowerCutDisk(folder: place.databaseFolder)
        defer { database.remove() }
        var answered: [Upload] = []
        for round in 0..<3 {
            let installation = try await TestInstallation.open(place, calls: files.calls)
            for upload in answered { try await installation.expectPublished(upload) }
            try await installation.expectListedIsServed()
            files.stop(afterCalls: calls * 2 + round)
            for number in 0..<4 {
                let upload = try Upload("project-\(number)", "\(round)")
                do {
                    try await upload.publish(to: installation)
                    answered.append(upload)
                    // Now and then, what was answered is synced before the cut.
                    if (number + calls).isMultiple(of: 5) { try await installation.registry.outbox.flush() }
                } catch {
                    break
                }
            }
            database.cut()
            await installation.close()
            try database.restore { ($0 + calls).isMultiple(of: 3) }
            try files.cut(seed: UInt64(calls * 10 + round))
        }
        try await Self.expectWhole(place, files, answered)
    }

    @Test("loses nothing that was answered of many publishes at the same time", arguments: 0..<24, [true, false])
    func cutBatch(number: Int, canSyncSystem: Bool) async throws {
        let place = try TestInstallation.Place()
        let files = PowerCutFolder(folder: place.filesFolder, canSyncSystem: canSyncSystem)
        let database = try PowerCutDisk(folder: place.databaseFolder)
        defer { database.remove() }
        var answered: [Upload] = []
        for round in 0..<3 {
            let installation = try await TestInstallation.open(place, calls: files.calls)
            files.stop(afterCalls: number * 20 + round)
            answered += try await withThrowingTaskGroup(of: [Upload].self) { group in
                for project in 0..<12 {
                    let uploads = try (0..<2).map { try Upload("project-\(project)", "\(round).\($0)") }
                    group.addTask {
                        var answered: [Upload] = []
                        for upload in uploads {
                            guard (try? await upload.publish(to: installation)) != nil else { break }
                            answered.append(upload)
                        }
                        return answered
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            database.cut()
            await installation.close()
            try database.restore { ($0 + number).isMultiple(of: 3) }
            try files.cut(seed: UInt64(number * 10 + round))
        }
        try await Self.expectWhole(place, files, answered)
    }

    /// Opens an installation after power cuts: all that was answered is there, and all that is there belongs together.
    private static func expectWhole(
        _ place: TestInstallation.Place, _ files: PowerCutFolder, _ answered: [Upload]
    ) async throws {
        let after = try await TestInstallation.open(place, calls: files.calls)
        for upload in answered { try await after.expectPublished(upload) }
        try await after.expectListedIsServed()
        try await after.expectSweepLeavesWhatIsNamed()
        try await after.expectRebuildMakesEqualTables()
        await after.close()
    }
}
