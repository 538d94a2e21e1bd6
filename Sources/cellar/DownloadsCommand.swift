import ArgumentParser
import CellarServer

struct DownloadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "downloads",
        abstract: "Print how many files were downloaded with each tag (ada+billing), the largest sums first.",
        discussion: """
            Whole files that were sent to those who put a tag behind their user name, added up by user, tag and index. \
            Days are in UTC, and kept for 400 days. A running server writes them every half a minute.
            """)

    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp("Only from that day on: 2026-11-21, 2026-11-21T08:00:00Z or 30d.", valueName: "time"))
    var since: String?
    @Option(help: ArgumentHelp("Only those of this user, or owner of a token, such as service:ci.", valueName: "name"))
    var user: String?
    @Option(help: ArgumentHelp("Only those with this tag.", valueName: "tag")) var tag: String?
    @Option(help: ArgumentHelp("The most sums.", valueName: "number")) var limit = 50

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 100000.") }
    }

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.printDownloads(since: since, user: user, tag: tag, limit: limit)
        }
    }
}
