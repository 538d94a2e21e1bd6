import ArgumentParser
import CellarServer

struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Add, list and remove groups, and change their members.",
        discussion: "Groups in the [groups] of the configuration are changed there, and only listed here.",
        subcommands: [Add.self, List.self, Remove.self, AddMember.self, RemoveMember.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a group without members.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name of the group.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addGroup(named: name)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all groups with their members.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in try await common.installation.listGroups() }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a group.",
            discussion: """
                What was granted to it stays granted, to nobody: no project opens to others. `cellar grant list` shows \
                such grants, and another group of the same name does not inherit them.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name of the group.") var name: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeGroup(named: name)
            }
        }
    }

    struct AddMember: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-member", abstract: "Make a user a member of a group.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name of the group.") var group: String
        @Argument(help: "The user name.") var user: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addMember(user, to: group)
            }
        }
    }

    struct RemoveMember: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove-member", abstract: "Take a user out of a group.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name of the group.") var group: String
        @Argument(help: "The user name.") var user: String

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removeMember(user, from: group)
            }
        }
    }
}
