import Glibc
import UnixSignals

/// What the signals mean that a server gets.
package struct ServerSignals: Sendable {
    /// They begin the shutdown, and a second one ends it at once.
    let ending: [UnixSignal]
    /// They have the server read its configuration again.
    let reloading: [UnixSignal]

    /// No signal means anything, for servers in a process that does other things.
    package static let none = ServerSignals(ending: [], reloading: [])

    /// What they mean for this process.
    ///
    /// SIGHUP says that the terminal is closed, and ends a server that has one; `nohup` has it ignored. Without a
    /// terminal it asks a program to read its configuration again.
    static func ofProcess() -> ServerSignals {
        if isIgnored(SIGHUP) { return ServerSignals(ending: [.sigterm, .sigint], reloading: []) }
        let hasTerminal = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].contains { isatty($0) == 1 }
        return hasTerminal
            ? ServerSignals(ending: [.sigterm, .sigint, .sighup], reloading: [])
            : ServerSignals(ending: [.sigterm, .sigint], reloading: [.sighup])
    }

    private static func isIgnored(_ number: CInt) -> Bool {
        var current = sigaction()
        guard sigaction(number, nil, &current) == 0 else { return false }
        // SIG_IGN is the number 1 in the place of a function, which can only be compared as a number.
        return unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
