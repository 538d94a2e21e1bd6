import ArgumentParser
import CellarServer

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Manage exceptions to the policies of indexes.",
        subcommands: [ExceptionCommand.self])

    struct ExceptionCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exception", abstract: "Add, list and remove exceptions.",
            subcommands: [Add.self, List.self, Remove.self])
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a project, or one release of it, through the policy of an index.",
            discussion: """
                An exception lifts min_age, before, allow, wheels_only and max_upstream_file_size; never deny. A \
                running server heeds it within a second.
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: ArgumentHelp("The project.", valueName: "name")) var project: String
        @Option(help: "One release; else every version.") var version: String?
        @Option(help: ArgumentHelp("Why, in one line; it is shown to those who ask.", valueName: "text"))
        var reason: String
        @Option(help: ArgumentHelp("When it ends: 2026-12-31, or 2026-12-31T18:00:00Z.", valueName: "date"))
        var until: String?
        @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addException(
                    NewException(index: index, project: project, version: version, reason: reason, until: until))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the exceptions of an index, also those that have ended.")

        @OptionGroup var common: CommonOptions
        @Option(help: ArgumentHelp("Only this project.", valueName: "name")) var project: String?
        @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.listExceptions(index: index, project: project)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove an exception.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its number, as `list` shows it.") var id: Int64
        @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeException(id, index: index)
            }
        }
    }
}
