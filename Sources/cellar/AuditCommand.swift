import ArgumentParser
import CellarServer

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Print who changed what, newest first.",
        discussion: """
            Every change has a line, and so have refused changes and logins: one for each source, kind and minute, with \
            how many there were. Times are UTC.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("The most lines.", valueName: "number")) var limit = 50
    @Option(help: ArgumentHelp("Only lines before the one with this id.", valueName: "id")) var before: Int64?
    @Option(
        help: ArgumentHelp("Only from then on: 2026-11-21, 2026-11-21T08:00:00Z, 30m, 12h or 7d.", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Only until then.", valueName: "time")) var until: String?
    @Option(help: ArgumentHelp("Only what this user did.", valueName: "name")) var actor: String?
    @Option(
        help: ArgumentHelp(
            "Only this action, such as file.publish, or all that begin so, such as file.", valueName: "name"))
    var action: String?
    @Option(help: ArgumentHelp("Only this index.", valueName: "name")) var index: String?
    @Option(help: ArgumentHelp("Only this project.", valueName: "name")) var project: String?
    @Option(help: ArgumentHelp("Only what came from this IP address.", valueName: "address")) var address: String?
    @Flag(help: "Print each line as a JSON object.") var json = false

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 100000.") }
    }

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            var choice = AuditChoice()
            choice.limit = limit
            choice.before = before
            choice.since = since
            choice.until = until
            choice.actor = actor
            choice.action = action
            choice.index = index
            choice.project = project
            choice.address = address
            choice.isJSON = json
            try await common.installation.printAudit(choice)
        }
    }
}
