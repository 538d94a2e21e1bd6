/// How much is logged; the words are those of swift-log.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

/// What a log line looks like.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people on a terminal, JSON elsewhere.
    case auto
    case human
    case json
}
