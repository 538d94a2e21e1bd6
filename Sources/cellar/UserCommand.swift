import ArgumentParser
import CellarServer

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Add, list and remove users, and set their passwords.",
        subcommands: [Add.self, List.self, Password.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a user.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String
        @Flag(help: "Make an administrator, who holds every right.") var admin = false
        @Flag(name: .customLong("password-stdin"), help: "Read the password from one line of standard input.")
        var passwordFromInput = false

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addUser(
                    named: name, isAdministrator: admin, passwordFromInput: passwordFromInput)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all users.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in try await common.installation.listUsers() }
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a user's password.",
            discussion: "A running server refuses the old password within a second.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String
        @Flag(name: .customLong("password-stdin"), help: "Read the password from one line of standard input.")
        var passwordFromInput = false

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.setPassword(ofUser: name, passwordFromInput: passwordFromInput)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a user.",
            discussion: "What they published stays. The last administrator cannot be removed.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeUser(named: name)
            }
        }
    }
}
