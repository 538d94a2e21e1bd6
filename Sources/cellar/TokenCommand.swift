import ArgumentParser
import CellarServer

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make tokens for users, groups and machines, list them, and revoke them.",
        discussion: """
            A token is sent as a password, with any user name, or as a bearer token. It does what its owner may, within \
            its scope, and ends with its owner.
            """,
        subcommands: [Create.self, List.self, Revoke.self, Hash.self])

    /// Whose token it is.
    struct Owner: ParsableArguments {
        @Option(help: ArgumentHelp("The user who owns it.", valueName: "name")) var user: String?
        @Option(help: ArgumentHelp("The group that owns it.", valueName: "name")) var group: String?
        @Option(help: ArgumentHelp("The service account that owns it.", valueName: "name")) var service: String?

        var wish: TokenOwnerWish { TokenOwnerWish(user: user, group: group, service: service) }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token, and print it alone on standard output.",
            discussion: """
                Without --user, --group and --service it belongs to the service account of its own name, which is made \
                if there is none, and holds what lists and grants give service:<name>. Without --right the token has \
                all rights of its owner in its scope.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var owner: Owner
        @Argument(help: "A name for the token, for lists and the audit.") var name: String
        @Option(help: ArgumentHelp("An index in which it counts; may be repeated; else all.", valueName: "name"))
        var index: [String] = []
        @Option(
            help: ArgumentHelp(
                """
                A project for which it counts, which need not exist yet; may be repeated; in the index main, if --index \
                says no other; else all.
                """,
                valueName: "name"))
        var project: [String] = []
        @Option(
            help: ArgumentHelp(
                "read, write, create, claim, overwrite, delete, cache_update or admin; may be repeated; else all.",
                valueName: "right"))
        var right: [String] = []
        @Option(help: ArgumentHelp("15m to 365d, such as 12h, or never; else 90d.", valueName: "duration"))
        var expires: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.createToken(
                    TokenWish(
                        name: name, owner: owner.wish, rights: right, indexes: index, projects: project,
                        expires: expires))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all tokens, or those of one owner; their texts are kept nowhere.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var owner: Owner

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.listTokens(of: owner.wish)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token and all that were made with it, from the next request on.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var owner: Owner
        @Argument(help: "The name of the token, or its number as lists show it, such as \"#12\".") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.revokeToken(name, of: owner.wish)
            }
        }
    }
}

extension TokenCommand {
    struct Hash: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the hash of a token, for the [tokens] of the configuration.",
            discussion: """
                Reads the token from one line of standard input, or asks for it if that is a terminal. The hash stands \
                alone on standard output.
                """)

        @OptionGroup var common: CommonOptions
        @Flag(help: "Make a token: print it alone on standard output, and its hash on standard error.")
        var new = false

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.hashToken(isNew: new)
            }
        }
    }
}

struct ServiceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service", abstract: "Add, list and remove service accounts, which own tokens of machines.",
        discussion: "Lists and grants name them as service:<name>. They cannot log in otherwise.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a service account.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addServiceAccount(named: name)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all service accounts.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.listServiceAccounts()
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a service account and its tokens.",
            discussion: "What was granted to it stays granted, to nobody.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeServiceAccount(named: name)
            }
        }
    }
}
