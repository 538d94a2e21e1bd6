import NIOCore
import Testing

@testable import CellarHTTP

@Suite("Watching a connection")
struct ConnectionWatchTests {
    private static func at(_ seconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000_000) + .seconds(seconds)
    }

    private let activity = ConnectionActivity()
    private var watch = ConnectionWatch(idleTimeout: .seconds(60), bodyTimeout: .seconds(100))

    init() {
        activity.last = Self.at(0)
    }

    private mutating func shallClose(_ second: Int64, buffered: Int64 = 0) -> Bool {
        watch.shallClose(activity, buffered: buffered, now: Self.at(second))
    }

    @Test("an idle connection is closed when its time is over")
    mutating func idle() {
        #expect(!shallClose(59))
        #expect(shallClose(60))
    }

    @Test("a client that waits for an answer is waited with")
    mutating func ours() {
        activity.answersDue = 1
        #expect(!shallClose(10_000))
    }

    @Test("a body that stops is given up after its own time")
    mutating func stopped() {
        activity.answersDue = 1
        activity.isReceiving = true
        watch.beginBody(now: Self.at(0))
        watch.received(1 << 30)
        #expect(!shallClose(99))
        #expect(shallClose(100))
    }

    @Test("a body that trickles is given up, one that flows is not", arguments: [(10, true), (100_000, false)])
    mutating func trickling(bytesASecond: Int, isClosed: Bool) {
        activity.answersDue = 1
        activity.isReceiving = true
        watch.beginBody(now: Self.at(0))
        var wasClosed = false
        for second in 1...200 {
            activity.last = Self.at(Int64(second))
            watch.received(bytesASecond)
            wasClosed = wasClosed || shallClose(Int64(second))
        }
        #expect(wasClosed == isClosed)
    }

    @Test(
        "a client that stops reading is given up, a slow one is not",
        arguments: [(0, true), (100, true), (5000, false)])
    mutating func reading(bytesASecond: Int64, isClosed: Bool) {
        activity.answersDue = 1
        activity.bytesGiven = 10_000_000
        var wasClosed = false
        for check in 1...20 {
            let second = Int64(check) * 15
            let left = activity.bytesGiven - bytesASecond * second
            wasClosed = wasClosed || shallClose(second, buffered: left)
        }
        #expect(wasClosed == isClosed)
    }

    @Test("what waits in the server is not counted against a client that takes all it gets")
    mutating func refilled() {
        activity.answersDue = 1
        for check in 1...20 {
            activity.bytesGiven += 1 << 20
            #expect(!shallClose(Int64(check) * 15, buffered: 1 << 20))
        }
    }
}
