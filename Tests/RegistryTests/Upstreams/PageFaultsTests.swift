import NIOCore
import PackagingStandards
import RegistryTestSupport
import Testing

@testable import Registry

@Suite("A page of an upstream with faulty entries")
struct PageFaultsTests {
    /// A page as it is read: with one file for each version, and as many entries without a name.
    private static func page(_ versions: [String], faults: Int = 1) throws -> SimpleProjectPage {
        let files =
            versions.map { #"{"filename": "six-\#($0).tar.gz", "url": "six-\#($0).tar.gz", "hashes": {}}"# }
            + Array(repeating: #"{"filename": null, "url": "x", "hashes": {}}"#, count: faults)
        let text =
            #"{"meta": {"api-version": "1.0"}, "name": "six", "files": [\#(files.joined(separator: ", "))]}"#
        let page = try SimplePageReader(pageURL: "https://upstream.example/simple/six/", maxFiles: 10)
            .json(ByteBuffer(string: text))
        #expect(page.faults.count == faults)
        return page
    }

    @Test("is one event in the log, however often it is read, until it says something new")
    func once() async throws {
        let clock = TestClock()
        var settings = FetchFixture.Settings()
        settings.clock = clock.clock
        try await FetchFixture.run(settings) { fixture in
            let (pages, upstream) = (fixture.registry.upstreamPages, fixture.upstream)
            let six = try projectName("six")
            func read() async throws -> Int? { try await pages.page(of: six, from: upstream)?.files.count }
            upstream.set(try Self.page(["1.0"]))
            for _ in 0..<2 { #expect(try await read() == 1) }
            #expect(upstream.count(of: .page) == 1)
            #expect(fixture.log.events("page-faults").count == 1)
            clock.advance(seconds: 700)
            #expect(try await read() == 1)
            // As another process has it, or this one after a start.
            pages.forget(six)
            clock.advance(seconds: 700)
            #expect(try await read() == 1)
            #expect(upstream.count(of: .page) == 3)
            #expect(fixture.log.events("page-faults").count == 1)
            upstream.set(try Self.page(["1.0", "2.0"], faults: 2))
            clock.advance(seconds: 700)
            #expect(try await read() == 2)
            let events = fixture.log.events("page-faults")
            #expect(events.count == 2)
            #expect(events.last?.contains("count=2") == true && events.last?.contains("project=six") == true)
            upstream.set(try Self.page(["1.0", "2.0", "3.0"], faults: 0))
            clock.advance(seconds: 700)
            #expect(try await read() == 3)
            #expect(fixture.log.events("page-faults").count == 2)
        }
    }
}
