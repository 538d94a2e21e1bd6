import Glibc
import NIOCore
import NIOHPACK
import PackagingStandards
import Registry
import Synchronization

/// The memories of all event loops.
final class AnswerMemories: Sendable {
    /// A memory is used on its own event loop only.
    private struct Memory: @unchecked Sendable {
        let memory = AnswerMemory()
    }

    private let memories = Mutex<[ObjectIdentifier: Memory]>([:])

    /// Returns the memory of an event loop; called on that loop.
    func memory(of loop: any EventLoop) -> AnswerMemory {
        loop.assertInEventLoop()
        return memories.withLock { memories in
            let memory = memories[ObjectIdentifier(loop)] ?? Memory()
            memories[ObjectIdentifier(loop)] = memory
            return memory.memory
        }
    }
}

/// What the fast lane answered lately on one event loop, by the bytes of the requests.
///
/// An answer depends on the request's bytes and on what the registry has in memory. While the registry's change count is
/// the same, so is the answer: a change to people or rights is a change, too. After a second the request is read again
/// all the same, which tells the registry's caches that the answer is still in use. What is older is forgotten within
/// another second, since requests may hold credentials.
///
/// It is used on one event loop only, and bounded in entries and in the bytes of the bodies that they hold. Answers from
/// open files are not remembered, since a removed file has its room on the disk as long as it is open.
final class AnswerMemory {
    /// Longer requests are read each time.
    private static let longestRequest = 2048
    private static let slotCount = 512
    private static let capacity = 8 << 20
    private static let lifetime: Int64 = 1_000_000

    /// An answer, and what it was given to.
    final class Entry {
        let answer: FastLane.Answer
        let line: LoggedRequest?
        let isHead: Bool
        /// Whether the connection ends with the answer.
        let isLast: Bool
        fileprivate let request: [UInt8]
        fileprivate let madeAt: Timestamp
        private var undatedHead: ByteBuffer?
        private var dated: (second: Int64, head: ByteBuffer)?
        private var datedFields: (second: Int64, fields: HPACKHeaders)?

        fileprivate init(
            _ answer: FastLane.Answer, _ request: [UInt8], isHead: Bool, isLast: Bool, line: LoggedRequest?,
            madeAt: Timestamp
        ) {
            self.answer = answer
            self.request = request
            self.isHead = isHead
            self.isLast = isLast
            self.line = line
            self.madeAt = madeAt
        }

        fileprivate func isFor(_ other: UnsafeRawBufferPointer) -> Bool {
            request.withUnsafeBytes { request in
                guard request.count == other.count, let start = request.baseAddress, let otherStart = other.baseAddress
                else { return false }
                return memcmp(start, otherStart, other.count) == 0
            }
        }

        /// Returns whether the answer may still be given. A clock that was set back says nothing.
        fileprivate func isYoung(at now: Timestamp) -> Bool {
            now >= madeAt && now.microseconds - madeAt.microseconds < AnswerMemory.lifetime
        }

        /// Returns the head with its date for HTTP/1.1, made once a second.
        func head(at now: Timestamp) -> ByteBuffer {
            let second = now.microseconds / 1_000_000
            if let dated, dated.second == second { return dated.head }
            var head = undatedHead ?? ByteBuffer()
            if undatedHead == nil {
                answer.head.writeUndated(into: &head, isLast: isLast)
                undatedHead = head
            }
            head.writeDate()
            dated = (second, head)
            return head
        }

        /// Returns the fields of the head with its date for HTTP/2, made once a second.
        func fields(at now: Timestamp) -> HPACKHeaders {
            let second = now.microseconds / 1_000_000
            if let datedFields, datedFields.second == second { return datedFields.fields }
            let fields = HPACKHeaders(answer.head)
            datedFields = (second, fields)
            return fields
        }
    }

    private var slots = [Entry?](repeating: nil, count: slotCount)
    /// The change count of the registry under which all entries were made.
    private var changeCount: UInt64 = 0
    private var heldBytes: Int64 = 0
    private var willForget = false

    /// Returns the answer to a request with these bytes, if it would be found again.
    func recall(_ request: UnsafeRawBufferPointer, changeCount: UInt64, now: Timestamp) -> Entry? {
        guard changeCount == self.changeCount, request.count <= Self.longestRequest,
            let entry = slots[Self.slot(of: request)], entry.isFor(request),
            entry.isYoung(at: now), entry.answer.goodUntil.map({ now < $0 }) ?? true
        else { return nil }
        return entry
    }

    /// Remembers an answer that was found after the registry's change count was this.
    func remember(
        _ answer: FastLane.Answer, to request: UnsafeRawBufferPointer, isHead: Bool, isLast: Bool,
        line: LoggedRequest?, changeCount: UInt64, now: Timestamp
    ) {
        if case .file = answer.body { return }
        guard request.count <= Self.longestRequest, answer.body.length <= Self.capacity / 4 else { return }
        // What was found before a change that is known here already is not remembered.
        guard changeCount >= self.changeCount else { return }
        if changeCount > self.changeCount || heldBytes + answer.body.length > Self.capacity { forgetAll() }
        self.changeCount = changeCount
        let slot = Self.slot(of: request)
        if let replaced = slots[slot] { heldBytes -= replaced.answer.body.length }
        heldBytes += answer.body.length
        slots[slot] = Entry(answer, Array(request), isHead: isHead, isLast: isLast, line: line, madeAt: now)
    }

    /// Has what is too old forgotten on the event loop, now and then as long as there is anything.
    func forgetInTime(on loop: any EventLoop) {
        guard !willForget else { return }
        willForget = true
        loop.assumeIsolated().scheduleTask(in: .microseconds(Self.lifetime)) {
            self.willForget = false
            if self.forgetOld(now: .now()) { self.forgetInTime(on: loop) }
        }
    }

    /// Forgets the answers that are too old to be given. Returns whether any are left.
    func forgetOld(now: Timestamp) -> Bool {
        var isAnyLeft = false
        for slot in slots.indices {
            guard let entry = slots[slot] else { continue }
            if entry.isYoung(at: now) {
                isAnyLeft = true
            } else {
                heldBytes -= entry.answer.body.length
                slots[slot] = nil
            }
        }
        return isAnyLeft
    }

    private func forgetAll() {
        for slot in slots.indices { slots[slot] = nil }
        heldBytes = 0
    }

    /// Returns where a request's answer lies. Requests that are made to share a place cost each other the memory only.
    private static func slot(of request: UnsafeRawBufferPointer) -> Int {
        var hash = UInt64(request.count)
        var offset = 0
        while offset + 8 <= request.count {
            hash = (hash ^ request.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
            offset += 8
        }
        for byte in request[offset...] { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        hash ^= hash >> 29
        return Int(hash % UInt64(slotCount))
    }
}
