import Registry
import ServerConfiguration

extension Installation {
    /// Adds a group without members.
    public func addGroup(named name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await usingRights { try await $0.registry.granting.addGroup(name, caller: .localOperator) }
            console.notify("Added the group \(name).")
        }
    }

    /// Prints all groups with their members.
    public func listGroups() async throws(CommandFailure) {
        try await CommandFailure.translating {
            let groups = try await usingRights { try await $0.registry.granting.groups(caller: .localOperator) }
            guard !groups.isEmpty else { return console.notify("There are no groups yet.") }
            let width = (groups.map(\.name.count).max() ?? 0) + 2
            for group in groups {
                let source = group.isDeclared ? "configuration" : "database"
                let members = group.members.isEmpty ? "no members" : group.members.joined(separator: ", ")
                console.print("\(group.name.padding(to: width))\(source.padding(to: 15))\(members)")
            }
        }
    }

    /// Removes a group.
    public func removeGroup(named name: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try await usingRights { try await $0.registry.granting.removeGroup(name, caller: .localOperator) }
            console.notify("Removed the group \(name). What was granted to it is granted to nobody now.")
        }
    }

    /// Makes a user a member of a group.
    public func addMember(_ user: String, to group: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let isNew = try await usingRights {
                try await $0.registry.granting.addMember(user, to: group, caller: .localOperator)
            }
            console.notify("\(user) is in the group \(group) \(isNew ? "now" : "already").")
        }
    }

    /// Takes a user out of a group.
    public func removeMember(_ user: String, from group: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let isChange = try await usingRights {
                try await $0.registry.granting.removeMember(user, from: group, caller: .localOperator)
            }
            console.notify(
                isChange ? "\(user) is not in the group \(group) any more." : "\(user) is not in the group \(group).")
        }
    }

    /// Opens everything for the time of some work on rights, with what the configuration declares of them.
    func usingRights<Value: Sendable>(_ work: (Parts) async throws -> Value) async throws -> Value {
        try await using { parts in
            try await parts.registry.start()
            try await parts.registry.declaring.declare(parts.configuration.declaration)
            return try await work(parts)
        }
    }
}
