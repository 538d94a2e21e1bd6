import CellarHTTP
import Glibc
package import Logging
package import ServerConfiguration

/// The log of a server: events, and the lines of requests if the configuration wants them.
package struct ServerLog: Sendable {
    package let logger: Logger
    let accessLog: (any AccessLog)?

    /// Makes the log of a configuration; its lines go to a sink.
    package init(_ server: ServerSettings, sink: LogSink) {
        let isHuman = server.logFormat == .human || (server.logFormat == .auto && isatty(STDOUT_FILENO) == 1)
        let format = isHuman ? LineLogHandler.Format.human : .json
        let level = Logger.Level(rawValue: server.logLevel.rawValue) ?? .info
        let handler = LineLogHandler(format: format, level: level, sink: sink)
        logger = Logger(label: "cellar", factory: { _ in handler })
        let logsRequests = server.logsAccess && level <= .info
        accessLog = logsRequests ? AccessLogWriter(format: format, sink: sink) : nil
    }
}
