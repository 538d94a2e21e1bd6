import Glibc

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
