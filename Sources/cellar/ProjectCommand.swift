import ArgumentParser
import CellarServer

struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project", abstract: "Say whose a project's name is.", subcommands: [Claim.self])

    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a name this server's own.",
            discussion: """
                Where an index has the project from an upstream, publishing it is refused; after a claim it is taken. \
                No upstream is asked for the name any more, by any index, and what was kept of it is pruned \
                everywhere. It is audited, and cannot be taken back.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The project's name.") var name: String
        @Option(help: ArgumentHelp("The index that will publish it.", valueName: "name")) var index = "main"

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.claim(project: name, index: index)
            }
        }
    }
}
