import Synchronization

@testable import CellarServer

/// A console whose answers are given beforehand and whose output is kept.
final class RecordingConsole: Sendable {
    private struct State {
        var answers: [String]
        var printed: [String] = []
        var notices: [String] = []
    }

    private let state: Mutex<State>
    private let isInteractive: Bool

    init(answers: [String] = [], isInteractive: Bool = false) {
        state = Mutex(State(answers: answers))
        self.isInteractive = isInteractive
    }

    var printed: [String] { state.withLock { $0.printed } }
    var notices: [String] { state.withLock { $0.notices } }

    var console: Console {
        Console(
            print: { line in self.state.withLock { $0.printed.append(line) } },
            notify: { line in self.state.withLock { $0.notices.append(line) } },
            isInteractive: isInteractive,
            readLine: { self.next() },
            readSecret: { _ in self.next() },
            ask: { _ in self.next() })
    }

    private func next() -> String? {
        state.withLock { $0.answers.isEmpty ? nil : $0.answers.removeFirst() }
    }
}
