public import Registry
import Testing

/// What every `Authenticator` must do that recognises people by passwords, as checks that each implementation's tests run.
public enum AuthenticatorContract {
    /// An authenticator that knows one person, `alice`, and the database where they are.
    public struct Subject: Sendable {
        public let authenticator: any Authenticator
        public let database: any PeopleDatabase & LinkedPeopleDatabase
        /// The password of alice.
        public let password: String
        /// Makes the authenticator see changes of the database.
        public let refresh: @Sendable () async throws -> Void

        public init(
            authenticator: any Authenticator, database: any PeopleDatabase & LinkedPeopleDatabase, password: String,
            refresh: @escaping @Sendable () async throws -> Void
        ) {
            self.authenticator = authenticator
            self.database = database
            self.password = password
            self.refresh = refresh
        }

        fileprivate func caller(_ user: String = "alice", _ password: String? = nil) async throws -> Caller {
            try await authenticator.caller(for: Self.credentials(user, password ?? self.password))
        }

        fileprivate func code(_ user: String = "alice", _ password: String? = nil) async -> RegistryError.Code? {
            do {
                _ = try await caller(user, password)
                return nil
            } catch {
                return (error as? RegistryError)?.code ?? .internal
            }
        }

        fileprivate static func credentials(_ user: String, _ password: String) -> Credentials {
            .password(user: user, password: SentPassword(password))
        }
    }

    /// One thing that must hold.
    public struct Check: Sendable, CustomStringConvertible {
        public let description: String
        /// Checks a fresh authenticator.
        public let run: @Sendable (Subject) async throws -> Void

        init(_ description: String, _ run: @escaping @Sendable (Subject) async throws -> Void) {
            self.description = description
            self.run = run
        }
    }

    /// Everything that must hold.
    public static let checks: [Check] = [
        Check("recognises a person by the right password, at once from then on") { subject in
            let sent = Subject.credentials("alice", subject.password)
            #expect(subject.authenticator.knownCaller(for: sent) == nil)
            let caller = try await subject.caller()
            #expect(caller.name == "alice" && caller.tag == nil)
            try await subject.refresh()
            #expect(try await subject.caller() == caller)
            #expect(subject.authenticator.knownCaller(for: sent) == caller)
            let record = try #require(try await subject.database.user(named: "alice"))
            #expect(caller == .person(record.person))
        },
        Check("refuses wrong and empty passwords and unknown and impossible names alike") { subject in
            let tries = [
                ("alice", "wrong"), ("alice", ""), ("nobody", subject.password), ("", subject.password), ("", ""),
                ("*", subject.password), ("alice)(uid=*", subject.password), ("al*", subject.password),
                ("alice\u{0}", subject.password), ("alice\n", subject.password),
                (String(repeating: "a", count: 5000), subject.password),
                ("alice", String(repeating: "a", count: 5000)),
            ]
            for (user, password) in tries {
                let error = await #expect(throws: RegistryError.self) { try await subject.caller(user, password) }
                #expect(error?.code == .wrongCredentials)
                #expect(error?.message == "The user name or the password is wrong.")
                #expect(subject.authenticator.knownCaller(for: Subject.credentials(user, password)) == nil)
            }
        },
        Check("keeps a tag behind the name") { subject in
            let caller = try await subject.caller("alice+billing")
            #expect(caller.name == "alice" && caller.tag == "billing")
            try await subject.refresh()
            #expect(try await subject.caller("alice+billing").tag == "billing")
            #expect(await subject.code("alice+billing", "wrong") == .wrongCredentials)
        },
        Check("recognises one person, however many ask at once") { subject in
            let ids = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for _ in 0..<20 { group.addTask { try await subject.caller().personID } }
                return try await group.reduce(into: Set<Int64?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
        },
        Check("sees the groups and the role that the database has") { subject in
            _ = try await subject.caller()
            try await subject.refresh()
            _ = try await subject.database.setAdministrator(true, ofUser: "alice", by: Sample.author())
            try await subject.refresh()
            guard case .person(let person) = try await subject.caller() else {
                Issue.record("nobody")
                return
            }
            #expect(person.isAdministrator)
        },
        Check("lets nobody in who was blocked, at once") { subject in
            _ = try await subject.caller()
            _ = try await subject.database.setBlocked(true, ofUser: "alice", by: Sample.author())
            try await subject.refresh()
            let sent = Subject.credentials("alice", subject.password)
            #expect(subject.authenticator.knownCaller(for: sent) == nil)
            let code = await subject.code()
            #expect(code == .wrongCredentials || code == .forbidden)
            _ = try await subject.database.setBlocked(false, ofUser: "alice", by: Sample.author())
            try await subject.refresh()
            #expect(await subject.code() == nil)
        },
    ]
}
