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
        static let members: Set = ["administrator", "blocked"]
        let administrator: Bool?
        let blocked: Bool?
    }

    private struct Subject: APIBody {
        static let members: Set = ["subject"]
        let subject: String
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
                        json.key("blocked")
                        json.boolean(user.isBlocked)
                        json.key("password")
                        json.boolean(user.hasPassword)
                        json.key("links")
                        json.array { json in
                            for link in user.links { json.object { Self.write(link, &$0) } }
                        }
                        json.key("created_at")
                        json.timestamp(user.createdAt)
                    }
                }
            }
        }
    }

    private static func write(_ link: LinkRecord, _ json: inout JSONWriter) {
        json.member("provider", link.identity.provider.description)
        json.member("subject", link.identity.subject)
        json.key("gone")
        json.boolean(link.isGone)
        for (key, moment) in [("confirmed_at", link.confirmedAt), ("trusted_until", link.trustedUntil)] {
            json.key(key)
            if let moment { json.timestamp(moment) } else { json.null() }
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
        let people = registry.people
        let isChange: Bool
        switch (sent.administrator, sent.blocked) {
        case (let role?, nil): isChange = try await people.setAdministrator(role, ofUser: name, caller: caller)
        case (nil, let isBlocked?): isChange = try await people.setBlocked(isBlocked, ofUser: name, caller: caller)
        default: throw RegistryError(.invalidRequest, "The body must have administrator or blocked, and not both.")
        }
        return Self.changed(isChange)
    }

    func link(_ name: String, to provider: String) async throws -> Response {
        let sent = try await body(Subject.self, or: nil)
        return Self.changed(
            try await registry.people.link(name, provider: provider, subject: sent.subject, caller: caller))
    }

    func unlink(_ name: String, from provider: String) async throws -> Response {
        Self.changed(try await registry.people.unlink(name, provider: provider, caller: caller))
    }

    private static func changed(_ isChange: Bool) -> Response {
        json { json in
            json.key("changed")
            json.boolean(isChange)
        }
    }

    func removeUser(_ name: String) async throws -> Response {
        try await registry.people.remove(name, caller: caller)
        return Self.json { json in json.member("removed", name) }
    }
}
