import LocalFiles
import Logging

/// A stream of systemd's journal: a line may begin with its priority (sd-daemon(3)), such as `<4>` for a warning, which
/// the journal takes off and sorts by.
enum JournalStream {
    /// Returns whether an open file of this process is such a stream: systemd names it in `JOURNAL_STREAM` by its device
    /// and inode (systemd.exec(5)). The variable alone says nothing, since children of a service inherit it.
    static func isConnected(_ descriptor: CInt, environment: [String: String]) -> Bool {
        guard let named = environment["JOURNAL_STREAM"],
            let status = try? FileStatus(ofDescriptor: descriptor)
        else { return false }
        return named == status.identity.map { "\($0)" }.joined(separator: ":")
    }

    /// Returns what stands before a line of a level.
    static func prefix(of level: Logger.Level) -> StaticString {
        switch level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}
