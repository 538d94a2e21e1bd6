package import Logging
package import PackagingStandards

/// Writes each event of the log as one line.
package struct LineLogHandler: LogHandler {
    /// What a line looks like.
    package enum Format: Sendable {
        /// `2026-11-21 08:49:37.123 info  message key=value`, in UTC.
        case human
        /// A JSON object with `time`, `level`, `message` and the metadata.
        case json
    }

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let format: Format
    private let sink: LogSink
    private let now: @Sendable () -> Timestamp

    /// Makes a handler.
    package init(
        format: Format, level: Logger.Level, sink: LogSink, now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.format = format
        self.logLevel = level
        self.sink = sink
        self.now = now
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let line = LogLine(time: now(), level: event.level, message: event.message.description, metadata: all)
        let text = format == .json ? line.json : line.human
        let bytes = sink.hasPriorities ? Array("\(JournalStream.prefix(of: event.level))".utf8) + text : text
        bytes.withUnsafeBytes { sink.take($0, isUrgent: event.level >= .warning) }
    }
}
