import Dispatch
import Glibc
import Logging
import Synchronization

/// Where log lines go: gathered in memory and written by a queue of its own, one write for all that came meanwhile, so
/// that neither a slow reader of the log nor a system call for each line holds up an event loop.
///
/// Ordinary lines wait for `gatheringTime` at most, urgent ones not at all. Beyond `capacity`, lines are dropped, and
/// their number stands in their place. A process that is killed loses what waits.
package final class LogSink: Sendable {
    /// How long ordinary lines wait for others.
    static let gatheringTime = DispatchTimeInterval.milliseconds(50)
    /// Once this many bytes wait, they are written without more delay.
    static let gatheredSize = 128 << 10

    private struct State {
        var waiting: [UInt8] = []
        /// The memory of what was written last, empty, for what waits next.
        var spare: [UInt8] = []
        var dropped = 0
        /// Whether what waits will be written when the gathering time is over.
        var isScheduled = false
        /// Whether what waits is about to be written.
        var isUrgent = false
    }

    private let state = Mutex(State())
    /// Held while bytes are written, which keeps them in order.
    private let output: Mutex<@Sendable (UnsafeRawBufferPointer) -> Void>
    private let queue = DispatchQueue(label: "log")
    private let capacity: Int
    /// Whether a line begins with its priority (`JournalStream`).
    let hasPriorities: Bool

    /// Makes a sink.
    ///
    /// - Parameters:
    ///   - capacity: The most bytes that may wait.
    ///   - hasPriorities: Whether a line begins with its priority.
    ///   - write: Writes bytes; it may block.
    package init(
        capacity: Int = 4 << 20, hasPriorities: Bool = false,
        write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.capacity = capacity
        self.hasPriorities = hasPriorities
        self.output = Mutex(write)
    }

    /// Makes a sink that writes to an open file of this process; the variables tell whether that is a stream of the journal.
    package convenience init(descriptor: CInt, environment: [String: String]) {
        self.init(hasPriorities: JournalStream.isConnected(descriptor, environment: environment)) {
            Self.writeAll($0, to: descriptor)
        }
    }

    /// Takes a line.
    ///
    /// - Parameters:
    ///   - line: The bytes of the line, with its line feed.
    ///   - isUrgent: Whether the line, and all before it, is written at once.
    package func take(_ line: UnsafeRawBufferPointer, isUrgent: Bool) {
        let delay: DispatchTimeInterval? = state.withLock { state in
            guard state.waiting.count < capacity else {
                state.dropped += 1
                return nil
            }
            state.waiting.append(contentsOf: line)
            if isUrgent || state.waiting.count >= Self.gatheredSize {
                guard !state.isUrgent else { return nil }
                state.isUrgent = true
                return .never
            }
            guard !state.isScheduled else { return nil }
            state.isScheduled = true
            return Self.gatheringTime
        }
        switch delay {
        case nil: break
        case .never: queue.async { self.flush() }
        case let delay?: queue.asyncAfter(deadline: .now() + delay) { self.flush() }
        }
    }

    /// Writes all that waits; blocks.
    package func flush() {
        output.withLock { write in
            let bytes = takeWaiting()
            guard !bytes.isEmpty else { return }
            bytes.withUnsafeBytes(write)
            recycle(bytes)
        }
    }

    private func takeWaiting() -> [UInt8] {
        state.withLock { state in
            state.isScheduled = false
            state.isUrgent = false
            if state.dropped > 0 {
                if hasPriorities { state.waiting += "\(JournalStream.prefix(of: .warning))".utf8 }
                state.waiting += "(\(state.dropped) lines of the log were dropped here)\n".utf8
                state.dropped = 0
            }
            defer {
                state.waiting = state.spare
                state.spare = []
            }
            return state.waiting
        }
    }

    /// Keeps the memory of written bytes, unless it is exceptionally much.
    private func recycle(_ bytes: consuming [UInt8]) {
        guard bytes.capacity <= 4 * Self.gatheredSize else { return }
        bytes.removeAll(keepingCapacity: true)
        let empty = bytes
        state.withLock { $0.spare = empty }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                // A log that cannot be written has no place to say so.
                guard errno == EINTR else { return }
                continue
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }
}
