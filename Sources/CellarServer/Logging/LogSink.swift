import Glibc
import NIOPosix
import Synchronization

/// Where log lines go: kept in memory for a moment and written by a thread of its own, so that a slow reader of the log
/// never holds up an event loop.
///
/// Beyond `capacity`, lines are dropped, and their number is written in their place.
package final class LogSink: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isScheduled = false
    }

    private let state = Mutex(State())
    /// Held while bytes are written, which keeps them in order.
    private let output: Mutex<@Sendable ([UInt8]) -> Void>
    private let thread: NIOThreadPool
    private let capacity: Int

    /// Starts the thread; it ends with the sink.
    ///
    /// - Parameters:
    ///   - capacity: The most bytes that may wait.
    ///   - write: Writes bytes; it may block.
    package init(capacity: Int = 1 << 20, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.capacity = capacity
        self.output = Mutex(write)
        thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
    }

    /// Makes a sink that writes to an open file of this process.
    package convenience init(descriptor: CInt) {
        self.init { Self.writeAll($0, to: descriptor) }
    }

    deinit {
        thread.shutdownGracefully { _ in }
    }

    /// Takes a line, with its line feed.
    package func take(_ line: [UInt8]) {
        let mustSchedule = state.withLock { state in
            guard state.waiting.count + line.count <= capacity else {
                state.dropped += 1
                return false
            }
            state.waiting += line
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { thread.submit { _ in self.flush() } }
    }

    /// Writes all that waits; blocks.
    package func flush() {
        output.withLock { write in
            while let bytes = next() { write(bytes) }
        }
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            guard !state.waiting.isEmpty || state.dropped > 0 else {
                state.isScheduled = false
                return nil
            }
            defer {
                state.waiting = []
                state.dropped = 0
            }
            guard state.dropped > 0 else { return state.waiting }
            return state.waiting + Array("(\(state.dropped) lines of the log were dropped here)\n".utf8)
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 {
                    // Nothing can report that the log cannot be written.
                    guard errno == EINTR else { return }
                    continue
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
