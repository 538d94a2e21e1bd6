import ArgumentParser
import CellarServer

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the configuration as it takes effect, and check the installation.",
        discussion: """
            Asks every upstream, and checks the database, the storage, the spool folder, and that storage has every file \
            that the database names, with its size. It may run while the server runs. The exit code is 1 if something \
            is wrong.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Read every file and compare its digest.") var deep = false

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in try await common.installation.check(deep: deep) }
    }
}

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuild the database from storage.",
        discussion: """
            For a database that was lost or damaged: makes projects, releases and files from the manifests in storage. \
            People and rights stay as they are. It may not run beside servers.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Keep what no manifest names, as after a restore; else the database gets what the manifests say.")
    var addMissing = false

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.rebuild(addsOnly: addMissing)
        }
    }
}

struct Sweep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove files from storage that nothing names.",
        discussion: """
            Uploads that a crash interrupted leave such files. A sweep marks them, and a later one removes those that \
            were marked long enough ago. It may run while the server runs.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("How long ago a file must have been marked: 24h, 90m, 7d, or 0.", valueName: "age"))
    var olderThan = "24h"
    @Flag(help: "Only print what would be removed.") var dryRun = false
    @Flag(help: "Confirm that sweeping is safe after a rebuild or restore.") var confirm = false

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.sweep(olderThan: olderThan, isDryRun: dryRun, isConfirmed: confirm)
        }
    }
}

struct Failpoints: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the failpoints of a debug build.", shouldDisplay: false)

    func run() async throws {
        for name in Installation.failpointNames { Console.standard.print(name) }
    }
}
