import ArgumentParser
import CellarServer

struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project", abstract: "Claim a project's name, or give it back.",
        subcommands: [Claim.self, Release.self])

    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a name this server's own.",
            discussion: """
                If the server has cached files of the project, publishing it takes the right "claim"; after a claim \
                every writer may. No index asks an upstream for the name any more, and its cached files are pruned \
                everywhere. The claim is audited. `cellar project release` gives the name back.
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

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a name back to the upstreams.",
            discussion: """
                For a name that the index has published or claimed, and that has no published file any more. Upstreams \
                are asked for it again, unless another index owns it too. The release is audited. The names of \
                deleted files stay used up.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The project's name.") var name: String
        @Option(help: ArgumentHelp("The index that gives it back.", valueName: "name")) var index = "main"

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.release(project: name, index: index)
            }
        }
    }
}
