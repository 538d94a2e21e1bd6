import Glibc
import Logging

/// How a command talks to the person, or the script, that runs it.
public struct Console: Sendable {
    /// Writes a line of the command's result (standard output).
    public var print: @Sendable (_ line: String) -> Void
    /// Writes a line about what happens (standard error).
    public var notify: @Sendable (_ line: String) -> Void
    /// Whether questions can be asked.
    public var isInteractive: Bool
    /// Reads a line of standard input, without its line feed; nil at the end.
    public var readLine: @Sendable () -> String?
    /// Asks for a line that must not be seen; nil at the end.
    public var readSecret: @Sendable (_ prompt: String) -> String?
    /// Asks a question; nil at the end.
    public var ask: @Sendable (_ prompt: String) -> String?
    /// Shows the progress of something long, in place of the last text; does nothing if nobody watches.
    public var progress: @Sendable (_ text: String) -> Void
    /// Whether `progress` is seen; if not, each step gets a line.
    public var showsProgress: Bool

    /// Makes a console.
    public init(
        print: @escaping @Sendable (String) -> Void,
        notify: @escaping @Sendable (String) -> Void,
        isInteractive: Bool = false,
        readLine: @escaping @Sendable () -> String? = { nil },
        readSecret: @escaping @Sendable (String) -> String? = { _ in nil },
        ask: @escaping @Sendable (String) -> String? = { _ in nil },
        progress: @escaping @Sendable (String) -> Void = { _ in },
        showsProgress: Bool = false
    ) {
        self.print = print
        self.notify = notify
        self.isInteractive = isInteractive
        self.readLine = readLine
        self.readSecret = readSecret
        self.ask = ask
        self.progress = progress
        self.showsProgress = showsProgress
    }
}

extension Console {
    /// The process's own standard streams. Questions and progress go to standard error, so that results can be piped.
    public static let standard = Console(
        print: { write($0 + "\n", to: STDOUT_FILENO) },
        notify: { write($0 + "\n", to: STDERR_FILENO) },
        isInteractive: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
        readLine: { Swift.readLine() },
        readSecret: { prompt in
            write(prompt, to: STDERR_FILENO)
            defer { write("\n", to: STDERR_FILENO) }
            return withoutEcho { Swift.readLine() }
        },
        ask: { prompt in
            write(prompt, to: STDERR_FILENO)
            return Swift.readLine()
        },
        progress: { text in
            guard isatty(STDERR_FILENO) == 1 else { return }
            // Back to the beginning of the line, and clear it.
            write("\r\u{1B}[2K\(text)", to: STDERR_FILENO)
        },
        showsProgress: isatty(STDERR_FILENO) == 1)

    /// Says why a command failed: with the priority of errors if standard error is a stream of the journal.
    ///
    /// - Parameters:
    ///   - failure: The failure.
    ///   - environment: The variables of the process.
    public func report(_ failure: CommandFailure, environment: [String: String]) {
        let text = "cellar: \(failure.message)"
        guard JournalStream.isConnected(STDERR_FILENO, environment: environment) else { return notify(text) }
        // The journal makes an entry of each line.
        for line in text.split(separator: "\n") { notify("\(JournalStream.prefix(of: .error))\(line)") }
    }

    private static func write(_ text: String, to descriptor: CInt) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    private static func withoutEcho(_ body: () -> String?) -> String? {
        var former = termios()
        guard tcgetattr(STDIN_FILENO, &former) == 0 else { return body() }
        var silent = former
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &former) }
        return body()
    }
}
