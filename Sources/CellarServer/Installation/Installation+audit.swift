import NIOCore
import PackagingStandards
import Registry
import ServerConfiguration

/// Which lines of the audit a command wants, as it states them.
public struct AuditChoice: Sendable {
    public var limit = 50
    public var before: Int64?
    /// A date, a moment, or a time before now such as `7d`.
    public var since: String?
    public var until: String?
    public var actor: String?
    public var action: String?
    public var index: String?
    public var project: String?
    public var address: String?
    /// Whether the lines are printed as JSON objects.
    public var isJSON = false

    public init() {}
}

extension Installation {
    /// Prints lines of the audit, newest first.
    public func printAudit(_ choice: AuditChoice) async throws(CommandFailure) {
        try await CommandFailure.translating {
            var query = AuditQuery(limit: choice.limit, before: choice.before)
            query.since = try choice.since.map { try Self.moment($0, "--since") }
            query.until = try choice.until.map { try Self.moment($0, "--until") }
            query.actor = choice.actor
            query.action = choice.action
            query.project = try choice.project.map(Self.project)
            query.address = choice.address
            if let index = choice.index {
                // An index that the configuration no longer has may still be in the audit.
                guard let name = IndexName(index) else {
                    throw CommandFailure(.usage, "\(index) is no name of an index.")
                }
                query.index = name
            }
            let lines = try await using { [query] parts in
                try await parts.registry.management.audit(query, caller: .localOperator)
            }
            guard !lines.isEmpty else { return console.notify("There are no such lines in the audit.") }
            for line in lines { console.print(choice.isJSON ? Self.json(line) : Self.text(of: line)) }
        }
    }

    /// Reads a date, a moment, or a time before now.
    static func moment(_ text: String, _ option: String) throws -> Timestamp {
        if let moment = Timestamp(iso8601: text.utf8.count == 10 ? text + "T00:00:00Z" : text) { return moment }
        let seconds: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ seconds[$0] }), let count = Int64(text.dropLast()),
            (0...100_000).contains(count)
        else {
            throw CommandFailure(
                .usage,
                "\(option) is a date such as 2026-11-21, a moment such as 2026-11-21T08:00:00Z, or a time before now such "
                    + "as 30m, 12h or 7d.")
        }
        return Timestamp.now().adding(microseconds: -count * unit * 1_000_000)
    }

    private static func json(_ line: AuditLine) -> String {
        var text = ByteBuffer()
        JSONWriter.write(into: &text) { json in line.write(into: &json) }
        return String(buffer: text)
    }

    private static func text(of line: AuditLine) -> String {
        let actor = line.actor + (line.tag.map { "+\($0)" } ?? "")
        var text = "\(line.id)  \(line.at.iso8601.prefix(19))Z  \(actor)  \(line.action)"
        if let index = line.index { text += "  \(index)" + (line.project.map { "/\($0)" } ?? "") }
        for part in [line.subject, line.detail] { if let part { text += "  \(part)" } }
        if line.times > 1 { text += "  \(line.times) times" }
        if let token = line.token { text += "  by the token \(token.name)" }
        if let address = line.origin.address { text += "  from \(address)" }
        if let id = line.origin.requestID { text += "  request \(id)" }
        return text
    }
}
