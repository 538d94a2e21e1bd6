import NIOCore

/// Asks at regular intervals whether something goes on, on one event loop only.
final class RegularCheck {
    private var next: Scheduled<Void>?

    /// Begins.
    ///
    /// - Parameters:
    ///   - interval: How long it waits before each question.
    ///   - loop: Where it asks; called on this loop.
    ///   - goesOn: Returns false if nothing is to be asked any more.
    func begin(every interval: TimeAmount, on loop: any EventLoop, _ goesOn: @escaping () -> Bool) {
        next = loop.assumeIsolated().scheduleTask(in: interval) {
            if goesOn() { self.begin(every: interval, on: loop, goesOn) }
        }
    }

    /// Asks no more.
    func end() {
        next?.cancel()
        next = nil
    }
}

extension ChannelHandlerContext {
    /// How many bytes of the connection the operating system has not taken yet.
    var bufferedBytes: Int64 {
        let option = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        return Int64(option ?? 0)
    }
}
