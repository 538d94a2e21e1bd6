import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import PackagingStandards
import Registry
import Testing

@testable import CellarHTTP

@Suite("The fast lane's memory of its answers")
struct AnswerMemoryTests {
    private static let start = Timestamp(microseconds: 1_700_000_000_000_000)

    private static func answer(_ size: Int = 0, goodUntil: Timestamp? = nil) -> FastLane.Answer {
        let body = size == 0 ? FastLane.Body.none : .bytes(ByteBuffer(repeating: 1, count: size))
        return FastLane.Answer(head: NoHead(), body: body, kind: .file, callerName: nil, goodUntil: goodUntil)
    }

    private struct NoHead: ResponseHead {
        let status = HTTPResponse.Status.ok
        func forEachField(_ tell: (HTTPField.Name, String) -> Void) {}
    }

    private func remember(
        _ answer: FastLane.Answer, _ request: String, _ memory: AnswerMemory, changeCount: UInt64 = 1
    ) {
        Array(request.utf8).withUnsafeBytes {
            memory.remember(
                answer, to: $0, isHead: false, isLast: false, line: nil, changeCount: changeCount, now: Self.start)
        }
    }

    private func recalls(
        _ request: String, _ memory: AnswerMemory, changeCount: UInt64 = 1, after microseconds: Int64 = 0
    ) -> Bool {
        Array(request.utf8).withUnsafeBytes {
            let now = Self.start.adding(microseconds: microseconds)
            return memory.recall($0, changeCount: changeCount, now: now) != nil
        }
    }

    @Test("knows a request by all of its bytes")
    func bytes() {
        let memory = AnswerMemory()
        remember(Self.answer(), "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", memory)
        #expect(recalls("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", memory))
        for other in ["GET /b HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nG", "GET /a", ""] {
            #expect(!recalls(other, memory), "\(other)")
        }
    }

    @Test("forgets everything with the next change")
    func change() {
        let memory = AnswerMemory()
        remember(Self.answer(), "a", memory)
        remember(Self.answer(), "b", memory)
        #expect(recalls("a", memory) && recalls("b", memory))
        #expect(!recalls("a", memory, changeCount: 2))
        remember(Self.answer(), "b", memory, changeCount: 2)
        #expect(!recalls("a", memory, changeCount: 2) && recalls("b", memory, changeCount: 2))
        // What was found before a change, and comes late, is not taken for newer.
        remember(Self.answer(), "c", memory, changeCount: 1)
        #expect(!recalls("c", memory, changeCount: 2))
    }

    @Test("gives an answer for a second, and never beyond the moment up to which it is good")
    func time() {
        let memory = AnswerMemory()
        remember(Self.answer(), "a", memory)
        #expect(recalls("a", memory, after: 999_999))
        #expect(!recalls("a", memory, after: 1_000_000))
        #expect(!recalls("a", memory, after: -1), "a clock that was set back says nothing")
        remember(Self.answer(goodUntil: Self.start.adding(microseconds: 10)), "b", memory)
        #expect(recalls("b", memory, after: 9))
        #expect(!recalls("b", memory, after: 10))
    }

    @Test("forgets what is too old to be given, and the credentials in its request with it")
    func expiry() {
        let memory = AnswerMemory()
        remember(Self.answer(3), "a", memory)
        #expect(memory.forgetOld(now: Self.start.adding(microseconds: 999_999)) && recalls("a", memory))
        #expect(!memory.forgetOld(now: Self.start.adding(microseconds: 1_000_000)))
        #expect(!recalls("a", memory))
    }

    @Test("is emptied on its event loop when nobody asks any more")
    func expiryOnTheLoop() {
        let memory = AnswerMemory()
        let loop = EmbeddedEventLoop()
        // Long ago by the clock, so that the loop's first look finds it too old.
        remember(Self.answer(), "a", memory)
        memory.forgetInTime(on: loop)
        #expect(recalls("a", memory))
        loop.advanceTime(by: .seconds(1))
        #expect(!recalls("a", memory))
    }

    @Test("holds a bounded number of bytes")
    func bounds() {
        let memory = AnswerMemory()
        remember(Self.answer(3 << 20), "too large", memory)
        #expect(!recalls("too large", memory))
        for number in 0..<5 { remember(Self.answer(2 << 20), "\(number)", memory) }
        #expect((0..<5).count { recalls("\($0)", memory) } <= 4)
        #expect(recalls("4", memory))
        remember(Self.answer(), String(repeating: "a", count: 2049), memory)
        #expect(!recalls(String(repeating: "a", count: 2049), memory))
    }

    @Test("does not outlive a change of files, pages or rights")
    func staleness() async throws {
        try await HTTPFixture.run { fixture in
            let wheel = try await fixture.publishWheel("alpha")
            let project = try #require(NormalizedName("alpha"))
            try await fixture.serve { port in
                try await RawConnection.open(port) { connection in
                    func ask(_ path: String) async throws -> (status: Int, body: String) {
                        var answers: [(status: Int, body: String)] = []
                        // The router's, then the lane's, then one from its memory.
                        for _ in 0..<3 {
                            try await connection.request("GET", path, [])
                            let answer = try await connection.answer(isHead: false)
                            answers.append((answer.status, String(buffer: answer.body)))
                        }
                        #expect(answers.allSatisfy { $0 == answers[0] }, "\(answers)")
                        return answers[0]
                    }
                    #expect(try await ask(wheel.page).body.contains("alpha-1.0"))
                    #expect(try await ask(wheel.address).status == 200)
                    try await fixture.publishWheel("alpha", "2.0")
                    #expect(try await ask(wheel.page).body.contains("alpha-2.0"))
                    let management = fixture.registry.management
                    try await management.setStatus(
                        .quarantined, reason: nil, of: project, in: .main, caller: .localOperator)
                    #expect(try await ask(wheel.address).status == 403)
                    try await management.setStatus(.active, reason: nil, of: project, in: .main, caller: .localOperator)
                    #expect(try await ask(wheel.address).status == 200)
                    try await management.delete(
                        FileTarget(index: .main, project: project, selection: .file(wheel.filename)),
                        caller: .localOperator)
                    #expect(try await ask(wheel.address).status == 404)
                    #expect(!(try await ask(wheel.page).body.contains("alpha-1.0")))
                }
            }
        }
    }
}
