import Registry
import RegistryTestSupport
import Synchronization
import Testing

/// A publish that ends at any of its steps, as a crash would end it, and what is found when the server starts again.
@Suite("A crash at a step of publishing")
struct FailpointTests {
    struct Crash: Error {}

    /// A moment of publishing.
    struct Point: Sendable, CustomTestStringConvertible {
        let moment: PublishObserver.Moment
        let step: PublishStep

        static let all = PublishStep.allCases.flatMap { step in
            PublishObserver.Moment.allCases.map { Point(moment: $0, step: step) }
        }

        var testDescription: String { "\(moment.rawValue) \(step.rawValue)" }

        /// Crashes every time that it is reached.
        var observer: PublishObserver {
            PublishObserver { moment, step in
                if moment == self.moment, step == self.step { throw Crash() }
            }
        }
    }

    @Test("loses nothing that was answered and shows nothing half done", arguments: Point.all)
    func crash(at point: Point) async throws {
        let place = try TestInstallation.Place()
        var answered: [Upload] = []
        for round in 0..<20 {
            let whole = try await TestInstallation.open(place)
            let kept = try Upload("kept", "\(round)")
            try await kept.publish(to: whole)
            answered.append(kept)
            // Otherwise the next one could crash while it opens.
            try await whole.registry.outbox.flush()
            await whole.close()

            let crashing = try await TestInstallation.open(place, observer: point.observer)
            let upload = try Upload("victim-\(round % 3)", "\(round)")
            do {
                try await upload.publish(to: crashing)
                answered.append(upload)
            } catch is Crash {}
            await crashing.close()
        }
        let after = try await TestInstallation.open(place)
        for upload in answered { try await after.expectPublished(upload) }
        try await after.expectListedIsServed()
        try await after.expectSweepLeavesWhatIsNamed()
        try await after.expectRebuildMakesEqualTables()
        // Trying again is safe, wherever the first try ended.
        for round in 0..<20 { try await Upload("victim-\(round % 3)", "\(round)").publish(to: after) }
        try await after.expectListedIsServed()
        await after.close()
    }
}
