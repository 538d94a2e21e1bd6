import HTTPTypes
import NIOCore
import PackagingStandards
import Registry

/// The fast lane as one connection uses it: finds its answers, remembers them, and counts and logs what was sent.
///
/// It is used on the connection's event loop only.
final class FastLaneDesk {
    private let lane: FastLane
    private let recorder: RequestRecorder
    private let memory: AnswerMemory
    private let channel: any Channel
    /// Known from the first answer on, since each look is a system call.
    private lazy var peer = channel.remoteAddress
    private lazy var shownPeer = peer.shown
    private lazy var isBehindProxy = lane.authentication.addresses.isTrusted(peer)
    /// Known from the first wait on.
    private lazy var wait = lane.waits.wait(on: channel.eventLoop, lane.authentication.freshness)

    /// Makes one; called on the channel's event loop.
    init(lane: FastLane, recorder: RequestRecorder, channel: any Channel) {
        self.lane = lane
        self.recorder = recorder
        self.channel = channel
        memory = lane.memories.memory(of: channel.eventLoop)
    }

    /// Returns the remembered answer to a request with these bytes, counted, or nil if it must be found.
    ///
    /// - Parameters:
    ///   - request: The bytes of one request.
    ///   - now: The moment of the answer.
    ///   - isLast: Whether only an answer that ends the connection is wanted.
    ///   - isRead: Whether the changes were read since the request arrived.
    /// - Returns: The answer, and what it was given to.
    func recall(
        _ request: UnsafeRawBufferPointer, now: Timestamp, isLast: Bool = false, isRead: Bool = false
    ) -> AnswerMemory.Entry? {
        guard channel.isWritable, isRead || lane.authentication.freshness.isCurrent,
            let entry = memory.recall(request, changeCount: lane.registry.invalidation.changeCount, now: now),
            entry.isLast || !isLast
        else { return nil }
        return entry
    }

    /// Returns whether a request has an answer here as soon as the changes are read, which only a read can tell.
    ///
    /// The request's bytes are the first of these.
    func needsRead(_ request: PlainRequest, _ bytes: UnsafeRawBufferPointer, canSendFiles: Bool) -> Bool {
        guard lane.authentication.freshness.needsRead else { return false }
        let own = UnsafeRawBufferPointer(rebasing: bytes.prefix(request.length))
        return recall(own, now: .now(), isRead: true) != nil
            || answer(request, bytes, canSendFiles: canSendFiles, isRead: true) != nil
    }

    /// Calls back on the event loop when the changes were read by a read that begins after this call: with false if it
    /// failed.
    func waitForRead(_ waiter: @escaping (_ isRead: Bool) -> Void) {
        wait.join(waiter)
    }

    /// Finds the answer to a request, and remembers it by the request's bytes, which are the first of these. Returns nil if
    /// the router must answer, as it must with a file if the operating system cannot send one on this connection.
    /// `isRead` says whether the changes were read since the request arrived.
    func answer(
        _ request: PlainRequest, _ bytes: UnsafeRawBufferPointer, canSendFiles: Bool, isRead: Bool = false
    ) -> (answer: FastLane.Answer, line: LoggedRequest?)? {
        let changeCount = lane.registry.invalidation.changeCount
        guard channel.isWritable, let answer = lane.answer(request, isRead: isRead) else { return nil }
        if case .file = answer.body, !canSendFiles { return nil }
        var line = recorder.describe(
            method: request.isHead ? .head : .get, path: request.path, userAgent: request.conditions.userAgent)
        line?.forwardedFor = request.forwardedFor
        memory.remember(
            answer, to: UnsafeRawBufferPointer(rebasing: bytes.prefix(request.length)), isHead: request.isHead,
            isLast: request.isLast, line: line, changeCount: changeCount, now: .now())
        memory.forgetInTime(on: channel.eventLoop)
        return (answer, line)
    }

    /// Counts an answer that is about to be sent.
    func note(_ answer: FastLane.Answer) {
        if answer.kind == .simpleProject || answer.kind == .simpleList { lane.registry.pages.noteHit() }
        guard let entry = answer.entry else { return }
        answer.tagCounter?.note()
        lane.registry.downloads.note(entry, answer.range)
    }

    /// Records an answer that is sent to a request that came in at a moment.
    func record(
        _ answer: FastLane.Answer, isHead: Bool, _ line: LoggedRequest?, bytesSent: Int64, since start: NIODeadline
    ) {
        recorder.record(
            AnsweredRequest(
                method: isHead ? .head : .get, status: answer.head.status.code, bytesSent: bytesSent,
                nanoseconds: (.now() - start).nanoseconds, kind: answer.kind, callerName: answer.callerName,
                peer: client(line), isFast: true),
            line)
    }

    /// Returns the client's address as the access log shows it. Whether the peer is a trusted proxy matters only to
    /// requests with `X-Forwarded-For`: all others cost nothing more.
    private func client(_ line: LoggedRequest?) -> String {
        guard let forwardedFor = line?.forwardedFor, isBehindProxy else { return shownPeer }
        return lane.authentication.addresses.client(forwardedFor: forwardedFor, peer: peer)?.description ?? shownPeer
    }
}
