import ArgumentParser
import CellarServer

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Add, list and remove users, set their passwords, and make administrators.",
        discussion: "Users in the [users] of the configuration are changed there, and only listed here.",
        subcommands: [Add.self, List.self, Password.self, Admin.self, Remove.self])

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

    struct Admin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a user an administrator, who holds every right.",
            discussion: "The last administrator stays one.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String
        @Flag(help: "Make the user an ordinary one again.") var revoke = false

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.setAdministrator(!revoke, user: name)
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

struct HashPassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash-password", abstract: "Print the hash of a password, for the [users] of the configuration.",
        discussion: "Asks for the password twice; if standard input is no terminal, reads it from one line of that.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in try await common.installation.hashPassword() }
    }
}
