import ArgumentParser
import CellarServer

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Add, invite, list, block, link and remove users, set their passwords, and make administrators.",
        discussion: "Users in the [users] of the configuration are changed there, and only listed here.",
        subcommands: [
            Add.self, Invite.self, Invitations.self, Uninvite.self, List.self, Password.self, Reset.self, Admin.self,
            Block.self, Unblock.self, Link.self, Unlink.self, Remove.self, Requests.self, Approve.self, Reject.self,
        ])

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

    struct Block: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shut a user out, with all their tokens.",
            discussion: "Also somebody from a directory, who would come back as a new user if they were removed.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.setBlocked(true, user: name)
            }
        }
    }

    struct Unblock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a user in again.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.setBlocked(false, user: name)
            }
        }
    }

    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say who a user is in a directory.",
            discussion: "They sign in there from then on. Their password here ends, except for single sign-on.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String
        @Option(help: "The provider: ldap, authenticator, or sso:<name>.") var provider: String
        @Option(help: "What the provider never gives to anybody else, such as an entryUUID.") var subject: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.linkUser(named: name, provider: provider, subject: subject)
            }
        }
    }

    struct Unlink: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the link of a user to a directory.",
            discussion: "The user stays, with their tokens; without a password they cannot sign in.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String
        @Option(help: "The provider: ldap, authenticator, or sso:<name>.") var provider: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.unlinkUser(named: name, provider: provider)
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
