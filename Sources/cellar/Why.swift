import ArgumentParser
import CellarServer

struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why an index has a project or a version, or does not have it.",
        discussion: """
            Prints who owns the name, where its files come from, and for each file what hides it and until when. It may \
            ask the upstream.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: ArgumentHelp("A project, or some versions of it, such as \"numpy>=2\".", valueName: "project[==version]"))
    var project: String
    @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"
    @Flag(help: "Print JSON, as /api/v1 does.") var json = false

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.explain(project, index: index, asJSON: json)
        }
    }
}
