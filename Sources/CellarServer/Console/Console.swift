/// How a command talks to the person, or the script, that runs it.
public struct Console: Sendable {
    /// Writes a line of the command's result (standard output).
    public var print: @Sendable (_ line: String) -> Void
    /// Writes a line about how it goes (standard error).
    public var notify: @Sendable (_ line: String) -> Void
    /// Whether questions can be asked.
    public var isInteractive: Bool
    /// Reads a line of standard input, without its line feed; nil at the end.
    public var readLine: @Sendable () -> String?
    /// Asks for a line that must not be seen; nil at the end.
    public var readSecret: @Sendable (_ prompt: String) -> String?
    /// Asks a question; nil at the end.
    public var ask: @Sendable (_ prompt: String) -> String?
    /// Shows how far something long has come, each time in place of the last; nothing where nobody watches.
    public var progress: @Sendable (_ text: String) -> Void
    /// Whether `progress` is seen; else a line for each step tells how it goes.
    public var showsProgress: Bool

    /// Puts a console together.
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
