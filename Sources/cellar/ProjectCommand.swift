import ArgumentParser
import CellarServer

struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "Yank and delete a project's files, set its status, claim its name or give it back.",
        subcommands: [Yank.self, Unyank.self, Delete.self, Status.self, Claim.self, Release.self])

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

extension ProjectCommand {
    /// Which files of a project are meant.
    struct Target: ParsableArguments {
        @Argument(help: "The project's name.") var name: String
        @Option(help: ArgumentHelp("All files of this release.", valueName: "version")) var version: String?
        @Option(help: ArgumentHelp("This file alone.", valueName: "filename")) var file: String?
        @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"

        var wish: FileWish { FileWish(project: name, version: version, file: file, index: index) }
    }

    struct Yank: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Yank a release or a file (PEP 592).",
            discussion: "Clients no longer choose it; those that have pinned it can still install it.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var target: Target
        @Option(help: ArgumentHelp("Why, in one line; clients show it.", valueName: "text")) var reason: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.yank(target.wish, reason: reason)
            }
        }
    }

    struct Unyank: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take the yank of a release or a file back.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var target: Target

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.unyank(target.wish)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a file, a release, or all files of a project, for ever.",
            discussion: """
                The names of published files can never be used again, not even for the same bytes. Yanking is nearly \
                always what you want.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var target: Target
        @Flag(help: "All files of the project.") var all = false

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.delete(target.wish, all: all)
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set the status of a project (PEP 792).")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The project's name.") var name: String
        @Argument(help: "active, archived, quarantined or deprecated.") var status: String
        @Option(help: ArgumentHelp("Why, in one line; clients show it.", valueName: "text")) var reason: String?
        @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.setStatus(status, reason: reason, project: name, index: index)
            }
        }
    }
}
