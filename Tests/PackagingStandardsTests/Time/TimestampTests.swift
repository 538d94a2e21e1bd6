import NIOCore
import PackagingStandards
import Testing

@Suite struct TimestampTests {
    @Test(
        "Known moments are written in ISO 8601",
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_210_096_000_001, "2024-02-29T12:34:56.000001Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
        ] as [(Int64, String)])
    func knownMoments(microseconds: Int64, text: String) {
        let moment = Timestamp(microseconds: microseconds)
        #expect(moment.iso8601 == text)
        #expect(Timestamp(iso8601: text) == moment)
        var buffer = ByteBuffer(string: ">")
        moment.writeISO8601(into: &buffer)
        #expect(String(buffer: buffer) == ">" + text)
    }

    @Test("Moments outside the years 0 to 9999 are written as the nearest inside")
    func clamped() {
        #expect(Timestamp(microseconds: .max).iso8601 == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: .min).iso8601 == "0000-01-01T00:00:00.000000Z")
    }

    @Test("Every day of four centuries is read back as written, one after the other")
    func everyDay() {
        let day: Int64 = 86_400_000_000
        var last = ""
        for index in Int64(-40_000)..<106_097 {
            let moment = Timestamp(microseconds: index * day + 1)
            let text = moment.iso8601
            guard text > last, Timestamp(iso8601: text) == moment else {
                Issue.record("\(text) after \(last)")
                return
            }
            last = text
        }
    }

    @Test(
        "Other spellings are read",
        arguments: [
            ("2026-11-21T08:49:37Z", "2026-11-21T08:49:37.000000Z"),
            ("2026-11-21T08:49:37", "2026-11-21T08:49:37.000000Z"),
            ("2026-11-21 08:49:37.5+00:00", "2026-11-21T08:49:37.500000Z"),
            ("2026-11-21t08:49:37.123456789z", "2026-11-21T08:49:37.123456Z"),
            ("2026-11-21T00:30:00+01:30", "2026-11-20T23:00:00.000000Z"),
            ("2026-12-31T23:30:00-0130", "2027-01-01T01:00:00.000000Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ])
    func otherSpellings(text: String, expected: String) {
        #expect(Timestamp(iso8601: text)?.iso8601 == expected)
    }

    @Test(
        "Malformed texts are refused",
        arguments: [
            "", "2026", "2026-11-21", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-00-10T00:00:00Z",
            "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00+1:00", "2026-1-1T00:00:00Z",
            "2026-01-01T00:00:00+24:00", " 2026-01-01T00:00:00Z", "２０２６-01-01T00:00:00Z", "2026-01-01_00:00:00Z",
        ])
    func malformed(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test(
        "HTTP dates name the weekday in UTC",
        arguments: [
            (784_111_777_999_999, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (1_795_251_600_000_000, "Sat, 21 Nov 2026 09:00:00 GMT"),
        ] as [(Int64, String)])
    func httpDates(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).httpDate == text)
    }

    @Test("The clock is somewhere in this century")
    func now() {
        let now = Timestamp.now()
        #expect(now.iso8601 > "2026" && now.iso8601 < "2100")
        #expect(now < Timestamp(microseconds: .max))
    }
}
