import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    private struct OwnPassword: APIBody {
        static let members: Set = ["password"]
        let password: String
    }

    private struct SentInvitation: APIBody {
        static let members: Set = ["name", "administrator", "groups", "expires_in"]
        var name: String?
        var administrator: Bool?
        var groups: [String]?
        var expires_in: Int64?
    }

    private struct SentReset: APIBody {
        static let members: Set = ["expires_in"]
        var expires_in: Int64?
    }

    // MARK: The caller's own account

    func describeAccount() async throws -> Response {
        let user = try await registry.people.own(caller)
        return Self.json { json in
            json.member("name", user.name)
            json.key("administrator")
            json.boolean(user.isAdministrator)
            json.key("declared")
            json.boolean(user.isDeclared)
            json.key("groups")
            json.array { json in
                for group in user.groups.sorted() { json.string(group) }
            }
        }
    }

    func setOwnPassword() async throws -> Response {
        guard case .person(let person) = caller else {
            guard caller.isKnown else {
                throw RegistryError(.authenticationRequired, "Log in with your present password to set a new one.")
            }
            throw RegistryError(
                .forbidden, "A token may not set a password: log in with the present password itself.")
        }
        let sent = try await body(OwnPassword.self, or: nil)
        let hash = try await hashNewPassword(sent.password)
        return Self.json(named: try await registry.people.changeOwnPassword(hash, of: person).name)
    }

    func endOwnSessions() async throws -> Response {
        let count = try await registry.tokens.endSessions(caller: caller)
        return Self.json { json in
            json.key("ended")
            json.integer(Int64(count))
        }
    }

    // MARK: Links

    func resetPassword(of name: String) async throws -> Response {
        try registry.people.requireAdministrator(caller, to: "reset passwords")
        let sent = try await body(SentReset.self, or: SentReset())
        let issued = try await registry.links.makeReset(ofUser: name, lasting: sent.expires_in, caller: caller)
        return Self.json(status: .created) { json in
            json.member("name", issued.userName)
            json.member("link", baseURL + issued.path)
            json.key("expires_at")
            json.timestamp(issued.expiresAt)
        }
    }

    func invite() async throws -> Response {
        try registry.people.requireAdministrator(caller, to: "invite people")
        let sent = try await body(SentInvitation.self, or: SentInvitation())
        let issued = try await registry.links.invite(
            InvitationOrder(
                name: sent.name, isAdministrator: sent.administrator ?? false, groups: Set(sent.groups ?? []),
                seconds: sent.expires_in),
            caller: caller)
        return Self.json(status: .created) { json in
            json.member("link", baseURL + issued.path)
            issued.invitation.writeMembers(into: &json)
        }
    }

    func listInvitations() async throws -> Response {
        let found = try await registry.links.invitations(caller: caller)
        return Self.json { json in
            json.key("invitations")
            json.array { json in
                for invitation in found {
                    json.object { json in invitation.writeMembers(into: &json) }
                }
            }
        }
    }

    func removeInvitation(_ id: Int64) async throws -> Response {
        let removed = try await registry.links.removeInvitation(id, caller: caller)
        return Self.json { json in
            json.key("removed")
            json.integer(removed.id)
        }
    }

    // MARK: Requests for accounts

    func listRegistrations() async throws -> Response {
        let found = try await registry.registrations.all(caller: caller)
        return Self.json { json in
            json.key("registrations")
            json.array { json in
                for registration in found {
                    json.object { json in registration.writeMembers(into: &json) }
                }
            }
        }
    }

    func approve(_ id: Int64) async throws -> Response {
        Self.json(named: try await registry.registrations.approve(id, caller: caller).name)
    }

    func reject(_ id: Int64) async throws -> Response {
        let rejected = try await registry.registrations.reject(id, caller: caller)
        return Self.json { json in
            json.key("removed")
            json.integer(rejected.id)
        }
    }

    private static func json(named name: String) -> Response {
        json { json in json.member("name", name) }
    }
}

extension Invitation {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.key("id")
        json.integer(id)
        json.member("name", name)
        json.key("administrator")
        json.boolean(isAdministrator)
        json.key("groups")
        json.array { json in
            for group in groups.sorted() { json.string(group) }
        }
        json.member("created_by", maker.name)
        json.key("created_at")
        json.timestamp(createdAt)
        json.key("expires_at")
        json.timestamp(expiresAt)
    }
}

extension Registration {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.key("id")
        json.integer(id)
        json.member("name", name)
        json.member("note", note)
        json.member("address", address)
        json.key("name_taken")
        json.boolean(isNameTaken)
        json.key("created_at")
        json.timestamp(createdAt)
        json.key("expires_at")
        json.timestamp(expiresAt)
    }
}
