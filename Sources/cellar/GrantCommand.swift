import ArgumentParser
import CellarServer

struct GrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Give rights to users and groups, list them, and take them back.",
        subcommands: [Add.self, List.self, Remove.self])

    /// Where a grant counts.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The index; without --index and --project the grant counts on the whole server.", valueName: "name"))
        var index: String?
        @Option(
            help: ArgumentHelp(
                "A project, or the beginning of names such as \"acme-*\"; in the index main, if --index says no other.",
                valueName: "name"))
        var project: String?

        var place: GrantPlace { GrantPlace(index: index, project: project) }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a right.",
            discussion: """
                A project with grants of its own has no others: from its first one on, the lists of the index do not \
                count for it, whatever the right. The project need not exist yet. A running server heeds a grant at \
                the next request.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var place: Place
        @Argument(help: "read, write, create, claim, overwrite, delete, cache_update or admin.") var right: String
        @Argument(help: "everyone, authenticated, user:<name>, group:<name> or service:<name>.") var principal: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addGrant(of: right, to: principal, on: place.place)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List grants: all, those in an index, or those of a project's own.")

        @OptionGroup var common: CommonOptions
        @Option(help: ArgumentHelp("Only this index.", valueName: "name")) var index: String?
        @Option(
            help: ArgumentHelp(
                "Only this project; in the index main, if --index says no other.", valueName: "name"))
        var project: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.listGrants(in: index, of: project)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a right back, in the words in which it was given.",
            discussion: """
                If a project loses its last grant, the lists of the index count for it again. A principal that was \
                removed since is named as `cellar grant list` shows it, such as user:#7.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var place: Place
        @Argument(help: "The right.") var right: String
        @Argument(help: "The principal.") var principal: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeGrant(of: right, from: principal, on: place.place)
            }
        }
    }
}

struct WhyAccess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why-access", abstract: "Say what somebody may do with a project, and by which rule.",
        discussion: "The project need not exist. To read it through an index that looks into others takes read in each."
    )

    @OptionGroup var common: CommonOptions
    @Argument(help: "The user name, or group:<name> or service:<name>.") var user: String
    @Argument(help: "The project.") var project: String
    @Option(help: ArgumentHelp("A token of theirs: what it may do.", valueName: "name")) var token: String?
    @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.explainAccess(of: user, token: token, to: project, index: index)
        }
    }
}
