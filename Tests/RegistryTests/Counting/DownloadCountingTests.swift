import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("Counts of downloads")
struct DownloadCountingTests {
    private static func key() throws -> HeldFileKey {
        HeldFileKey(index: .main, project: try Sample.name("a"), filename: "a-1.tar.gz")
    }

    @Test("belong to the day on which they were made, whenever they are written")
    func days() throws {
        let counters = DownloadCounters()
        let counter = counters.counter(of: try Self.key())
        let midnight = UTCDay(SampleTime.start).adding(days: 1).start
        counter.note(isDownload: true, at: midnight.adding(microseconds: -2))
        counter.note(isDownload: true, at: midnight.adding(microseconds: -1))
        counter.note(isDownload: true, at: midnight)
        counter.note(isDownload: false, at: midnight.adding(microseconds: 5))
        let counts = counters.take().sorted { $0.day < $1.day }
        #expect(counts.map(\.count) == [2, 1])
        #expect(counts.map(\.day) == [UTCDay(SampleTime.start), UTCDay(midnight)])
        #expect(
            counts.map(\.lastAt) == [midnight.adding(microseconds: -1), midnight.adding(microseconds: 5)])
        #expect(counters.take().isEmpty)
    }

    @Test("are given back if they cannot be written, with what was counted meanwhile")
    func givenBack() throws {
        let counters = DownloadCounters()
        let key = try Self.key()
        let counter = counters.counter(of: key)
        counter.note(isDownload: true, at: SampleTime.start)
        let taken = counters.take()
        counter.note(isDownload: true, at: SampleTime.after(2))
        counters.giveBack(taken)
        #expect(counters.take().map(\.count) == [2])
        #expect(counters.counter(of: key) === counter)
    }

    @Test("are all there, however many threads count at once")
    func threads() async throws {
        let counters = DownloadCounters()
        let key = try Self.key()
        let seen = await withTaskGroup(of: Int64.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let counter = counters.counter(of: key)
                    for _ in 0..<20_000 { counter.note(isDownload: true, at: SampleTime.start) }
                    return 0
                }
            }
            group.addTask {
                var seen: Int64 = 0
                for _ in 0..<200 { seen += counters.take().reduce(0) { $0 + $1.count } }
                return seen
            }
            return await group.reduce(0, +)
        }
        // What was counted between the two halves of a `take` comes with the next note.
        counters.counter(of: key).note(isDownload: false, at: SampleTime.start)
        let rest = counters.take().reduce(0) { $0 + $1.count }
        #expect(seen + rest == 80_000)
    }
}
