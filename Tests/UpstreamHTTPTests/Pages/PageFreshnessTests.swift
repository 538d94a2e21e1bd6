import NIOHTTP1
import PackagingStandards
import Testing

@testable import UpstreamHTTP

@Suite("How long a page is fresh")
struct PageFreshnessTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private static func date(_ seconds: Int64) -> String {
        Timestamp(microseconds: now.microseconds + seconds * 1_000_000).httpDate
    }

    @Test(
        "is what the answer says of it",
        arguments: [
            ([("Cache-Control", "max-age=600, public")], 600),
            ([("Cache-Control", "max-age=600"), ("Age", "100")], 500),
            ([("Cache-Control", "max-age=600"), ("Age", "700")], 0),
            ([("Cache-Control", "public"), ("Cache-Control", "Max-Age=\"60\"")], 60),
            ([("Cache-Control", "max-age=60, s-maxage=30")], 30),
            ([("Cache-Control", "max-age=60, no-cache")], 0),
            ([("Cache-Control", "no-store"), ("Expires", date(60))], 0),
            ([("Cache-Control", "max-age=60, max-age=20")], 20),
            ([("Cache-Control", "max-age=soon")], 0),
            ([("Cache-Control", "max-age=-5")], 0),
            ([("Cache-Control", "max-age=99999999999999999999")], 315_360_000),
            ([("Cache-Control", "max-age=10"), ("Expires", date(60))], 10),
            ([("Expires", date(60))], 60),
            ([("Expires", date(60)), ("Date", date(-40))], 100),
            ([("Expires", date(60)), ("Age", "20")], 40),
            ([("Expires", date(-60))], 0),
            ([("Expires", "0")], 0),
            ([], 0),
        ] as [([(String, String)], Int64)])
    func freshness(_ headers: [(String, String)], _ seconds: Int64) {
        #expect(PageFreshness.seconds(HTTPHeaders(headers), at: Self.now) == seconds)
    }

    @Test(
        "Retry-After is a number of seconds or a moment",
        arguments: [
            ("0", 0), (" 120 ", 120), (date(60), 60), (date(-60), 0), ("soon", nil), ("-5", nil), ("", nil),
        ] as [(String, Int64?)])
    func retryAfter(_ text: String, _ seconds: Int64?) {
        #expect(RetryAfter.read(text, at: Self.now) == seconds.map { .seconds($0) })
        #expect(RetryAfter.read(nil, at: Self.now) == nil)
    }

    @Test(
        "what is no HTTP date is none", arguments: ["21 Nov 2026", "Sat, 32 Nov 2026 08:49:37 GMT", "x, 1 Foo 1 1 GMT"])
    func dates(_ text: String) {
        #expect(HTTPDate.read(text) == nil)
    }

    @Test("every date that is written is read")
    func roundTrip() {
        for days in 0..<800 {
            let moment = Timestamp(microseconds: Int64(days) * 86_400_000_000 + Int64(days * 61 % 86_400) * 1_000_000)
            #expect(HTTPDate.read(moment.httpDate) == moment)
        }
    }
}
