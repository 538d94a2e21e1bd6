import ArgumentParser
import CellarServer

extension UserCommand {
    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Invite somebody: print a link with which they make their account.",
            discussion: """
                The link works once. Without a name, whoever opens it chooses one. The link alone is printed on standard \
                output; it begins with server.base_url, if that is set.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name; else they choose one.") var name: String?
        @Flag(help: "Make an administrator, who holds every right.") var admin = false
        @Option(help: ArgumentHelp("A group that they shall belong to; may be repeated.", valueName: "name"))
        var group: [String] = []
        @Option(help: ArgumentHelp("15m to 30d; else 3d.", valueName: "duration")) var expires: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.invite(
                    named: name, isAdministrator: admin, groups: group, expires: expires)
            }
        }
    }

    struct Invitations: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the open invitations.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in try await common.installation.listInvitations() }
        }
    }

    struct Uninvite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an invitation back.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name of the invited user, or the number of the invitation, such as '#3'.") var invitation:
            String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeInvitation(invitation)
            }
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a link with which a user sets a new password.",
            discussion: """
                The link works once, and only until the user has another password. The present password stays until then. \
                The link alone is printed on standard output; it begins with server.base_url, if that is set.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name.") var name: String
        @Option(help: ArgumentHelp("15m to 7d; else 24h.", valueName: "duration")) var expires: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.resetPassword(ofUser: name, expires: expires)
            }
        }
    }

    struct Requests: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List who asks for an account, if server.registration is set.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in try await common.installation.listRequests() }
        }
    }

    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give somebody the account that they asked for, with the password that they chose.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name, or the number of the request, such as '#3'.") var request: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in try await common.installation.approve(request) }
        }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Drop a request for an account.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The user name, or the number of the request, such as '#3'.") var request: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in try await common.installation.reject(request) }
        }
    }
}
