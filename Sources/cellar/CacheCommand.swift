import ArgumentParser
import CellarServer

struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "List and prune cached files, those that came from upstreams.",
        subcommands: [List.self, Prune.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List cached files.",
            discussion: "A line for each file: where it is, its size, when it was cached and last downloaded.")

        @OptionGroup var common: CommonOptions
        @Option(help: ArgumentHelp("Only this index.", valueName: "name")) var index: String?
        @Option(help: ArgumentHelp("Only this project.", valueName: "name")) var project: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.listCache(index: index, project: project)
            }
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget cached files; a later request fetches them again.",
            discussion: """
                Forgets the files for which all given options hold. It may run while the server runs. Published files \
                are never pruned.
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: ArgumentHelp("Only this index; else all.", valueName: "name")) var index: String?
        @Option(help: ArgumentHelp("Only this project.", valueName: "name")) var project: String?
        @Option(help: ArgumentHelp("Only files not downloaded for this long: 90d, 24h.", valueName: "age"))
        var olderThan: String?
        @Option(help: ArgumentHelp("Only files larger than this: 100MiB, 2GiB.", valueName: "size"))
        var largerThan: String?
        @Flag(help: "Only print what would be forgotten.") var dryRun = false

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.pruneCache(
                    CachePruning(
                        index: index, project: project, olderThan: olderThan, largerThan: largerThan,
                        isDryRun: dryRun))
            }
        }
    }
}
