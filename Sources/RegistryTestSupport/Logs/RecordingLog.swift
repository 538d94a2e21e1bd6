public import Logging
import Synchronization

/// Keeps what is logged.
public final class RecordingLog: Sendable {
    private let kept = Mutex<[String]>([])

    /// Makes a log without lines.
    public init() {}

    /// Each line: level, message, and metadata in the order of their names.
    public var lines: [String] { kept.withLock { $0 } }

    /// Returns the lines of an event.
    public func events(_ name: String) -> [String] {
        lines.filter { $0.contains("event=\(name)") }
    }

    /// A logger that writes here, at every level.
    public var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.kept.withLock { $0.append("\(event.level) \(event.message) \(pairs.joined(separator: " "))") }
        }
    }
}
