import PackagingStandards
import Testing

@Suite("Days in UTC")
struct UTCDayTests {
    @Test(
        "begin at midnight",
        arguments: [
            (0, 0, "1970-01-01"), (86_399_999_999, 0, "1970-01-01"), (86_400_000_000, 1, "1970-01-02"),
            (-1, -1, "1969-12-31"), (-86_400_000_000, -1, "1969-12-31"), (1_767_225_600_000_000, 20_454, "2026-01-01"),
        ] as [(Int64, Int64, String)])
    func days(microseconds: Int64, number: Int64, text: String) {
        let day = UTCDay(Timestamp(microseconds: microseconds))
        #expect(day.number == number)
        #expect(day.description == text)
        #expect(UTCDay(day.start) == day)
        #expect(day < day.adding(days: 1) && day.adding(days: 1).adding(days: -1) == day)
    }
}
