import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("A power cut")
struct PowerCutTests {
    /// Which unsynced writes reach the disk all the same.
    enum Survivors: String, CaseIterable, Sendable {
        case none, all, everySecond, lastOnly

        func survives(_ number: Int) -> Bool {
            switch self {
            case .none: false
            case .all: true
            case .everySecond: number.isMultiple(of: 2)
            case .lastOnly: number > 2
            }
        }
    }

    @Test("takes no publish that was answered", arguments: Survivors.allCases)
    func answered(_ survivors: Survivors) async throws {
        let file = try TemporaryDatabase()
        let disk = try PowerCutDisk(folder: file.folder)
        defer { disk.remove() }
        var published = 0
        for round in 0..<4 {
            let database = try await file.open()
            try await database.declareIndexes([.main])
            #expect(try await database.project(Sample.name("sample"), in: .main)?.files.count ?? 0 == published)
            for number in 0..<5 {
                try await database.publish(
                    SampleFile("Sample", "\(round).\(number)").with { $0.contents = "\(round) \(number)" })
                published += 1
            }
            disk.cut()
            await #expect(throws: RegistryError.self) { try await database.publish(SampleFile("Lost")) }
            await database.close()
            try disk.restore(survives: survivors.survives)
        }
        let database = try await file.open()
        #expect(try await database.project(Sample.name("sample"), in: .main)?.files.count == published)
        #expect(try await database.project(Sample.name("lost"), in: .main) == nil)
        #expect(try await database.check().isHealthy)
        await database.close()
    }

    @Test("takes no publish that was answered together with others", arguments: Survivors.allCases)
    func answeredTogether(_ survivors: Survivors) async throws {
        let file = try TemporaryDatabase()
        let disk = try PowerCutDisk(folder: file.folder)
        defer { disk.remove() }
        var published: Set<String> = []
        for round in 0..<4 {
            let database = try await file.open()
            try await database.declareIndexes([.main])
            let answered = await withTaskGroup(of: String?.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let version = "\(round).\(number)"
                        let file = SampleFile("Sample", version).with { $0.contents = version }
                        guard (try? await database.publish(file)) != nil else { return nil }
                        if number == 20 { disk.cut() }
                        return version
                    }
                }
                return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            published.formUnion(answered)
            disk.cut()
            await database.close()
            try disk.restore(survives: survivors.survives)
        }
        let database = try await file.open()
        let found = try await database.project(Sample.name("sample"), in: .main)?.files.map(\.version) ?? []
        #expect(published.isSubset(of: found))
        #expect(try await database.check().isHealthy)
        await database.close()
    }

    @Test("would take answered publishes, did they not wait for the disk")
    func unsynced() async throws {
        let file = try TemporaryDatabase()
        let disk = try PowerCutDisk(folder: file.folder)
        defer { disk.remove() }
        let database = try await file.open()
        try await database.declareIndexes([.main])
        try await database.setDurability("NORMAL")
        try await database.publish(SampleFile())
        disk.cut()
        await database.close()
        try disk.restore()
        let again = try await file.open()
        #expect(try await again.project(Sample.name("sample"), in: .main) == nil)
        await again.close()
    }
}
