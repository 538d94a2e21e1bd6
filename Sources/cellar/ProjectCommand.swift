import ArgumentParser
import CellarServer

struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project", abstract: "Say whose a project's name is.", subcommands: [Claim.self, Release.self])

    struct Claim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a name this server's own.",
            discussion: """
                If the server keeps files of the project from an upstream, publishing it takes the right "claim"; \
                after a claim every writer may. No upstream is asked for the name any more, by any index, and what was \
                kept of it is pruned everywhere. It is audited. `cellar project release` takes it back.
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
                are asked for it again, unless another index owns it too. It is audited. The names of deleted files \
                stay used up.
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
