import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct NewUser: APIBody {
        static let members: Set = ["name", "password", "administrator"]
        let name: String
        let password: String
        let administrator: Bool?
    }

    private struct ChangedUser: APIBody {
        static let members: Set = ["administrator"]
        let administrator: Bool
    }

    private struct ChangedPassword: APIBody {
        static let members: Set = ["password"]
        let password: String
    }

    func listUsers() async throws -> Response {
        let users = try await registry.people.all(caller: caller)
        return Self.json { json in
            json.key("users")
            json.array { json in
                for user in users {
                    json.object { json in
                        json.member("name", user.name)
                        json.key("administrator")
                        json.boolean(user.isAdministrator)
                        json.key("declared")
                        json.boolean(user.isDeclared)
                        json.key("groups")
                        json.array { json in
                            for group in user.groups.sorted() { json.string(group) }
                        }
                        json.key("created_at")
                        json.timestamp(user.createdAt)
                    }
                }
            }
        }
    }

    func addUser() async throws -> Response {
        try registry.people.requireAdministrator(caller, to: "add users")
        let sent = try await body(NewUser.self, or: nil)
        let hash = try await hashNewPassword(sent.password)
        try await registry.people.add(
            sent.name, passwordHash: hash, isAdministrator: sent.administrator ?? false, caller: caller)
        return Self.json(status: .created) { json in json.member("name", sent.name) }
    }

    func setPassword(of name: String) async throws -> Response {
        try registry.people.requireAdministrator(caller, to: "set passwords")
        let sent = try await body(ChangedPassword.self, or: nil)
        try await registry.people.setPasswordHash(
            try await hashNewPassword(sent.password), ofUser: name, caller: caller)
        return Self.json { json in json.member("name", name) }
    }

    func changeUser(_ name: String) async throws -> Response {
        let sent = try await body(ChangedUser.self, or: nil)
        let isChange = try await registry.people.setAdministrator(sent.administrator, ofUser: name, caller: caller)
        return Self.json { json in
            json.key("changed")
            json.boolean(isChange)
        }
    }

    func removeUser(_ name: String) async throws -> Response {
        try await registry.people.remove(name, caller: caller)
        return Self.json { json in json.member("removed", name) }
    }
}
