import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("Single sign-on")
struct SingleSignOnTests {
    private static let attempt = SignOnAttempt(state: "s", nonce: "n", verifier: "v")

    /// A provider that takes a code, or an identity token, for the name of a person and their groups: `ada dev`.
    private static func provider(_ name: String) throws -> SignOnProvider {
        let outside = try #require(OutsideProvider("sso:\(name)"))
        let person = { @Sendable (text: String) throws -> ProvenPerson in
            let words = text.split(separator: " ").map(String.init)
            guard let name = words.first, let identity = OutsideIdentity(outside, subject: "https://x#\(name)") else {
                throw RegistryError(.wrongCredentials, "nobody")
            }
            return ProvenPerson(identity, name: name, groups: words.dropFirst())
        }
        return SignOnProvider(
            name: name, label: name, begin: { SignOnBeginning(address: "https://x/?\($0)", attempt: attempt) },
            finish: { answer, _, _ in try person(answer.code ?? "") },
            recognise: { token in
                guard token.hasPrefix("\(name):") else { return nil }
                return TradedPerson(
                    person: try person(String(token.dropFirst(name.utf8.count + 1))),
                    id: SHA256Digest(hashing: Array(token.utf8)),
                    deadAt: Timestamp.now().adding(microseconds: 300_000_000))
            })
    }

    private func run(_ test: (TestInstallation) async throws -> Void) async throws {
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(), providers: [try Self.provider("corp"), try Self.provider("other")])
        do {
            try await test(installation)
        } catch {
            await installation.close()
            throw error
        }
        await installation.close()
    }

    private func finish(_ code: String, with name: String = "corp", _ installation: TestInstallation) async throws
        -> Person
    {
        try await installation.registry.singleSignOn.finish(
            with: name, SignOnAnswer(state: "s", code: code), Self.attempt, returningTo: "https://pypi.example.com/back"
        )
    }

    private func failure(_ work: () async throws -> Void) async -> RegistryError.Code? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? RegistryError)?.code ?? .internal
        }
    }

    @Test("makes a user at the first login, finds them by their identity afterwards, and follows their groups")
    func signingIn() async throws {
        try await run { installation in
            let first = try await finish("ada dev", installation)
            #expect(first.name == "ada")
            #expect(first.groups == ["dev"])
            #expect(try await finish("ada ops", installation).groups == ["ops"])
            #expect(try await finish("ada", installation).id == first.id)
            // The same name at another provider is somebody else.
            let foreign = await failure { _ = try await finish("ada", with: "other", installation) }
            #expect(foreign == .forbidden)
            let session = try await installation.registry.tokens.openSession(caller: .person(first))
            #expect(
                try await installation.registry.tokens.verifier.holder(of: Array(session.text.reveal().utf8))
                    .owner.person?.id == first.id)
        }
    }

    @Test("knows its providers only")
    func providers() async throws {
        try await run { installation in
            let service = installation.registry.singleSignOn
            let address = try await service.begin(with: "corp", returningTo: "y").address
            #expect(address == "https://x/?y")
            let unknown = await failure { _ = try await service.begin(with: "nobody", returningTo: "y") }
            #expect(unknown == .notFound)
            let wrong = await failure { _ = try await finish("", installation) }
            #expect(wrong == .wrongCredentials)
            try await installation.registry.refusals.flush()
            let line = try await installation.database.audit(limit: 1, before: nil).first
            #expect(line?.action == "login.refuse")
            #expect(line?.subject == "sso:corp")
        }
    }

    @Test("takes an identity token of any of its providers once")
    func identityTokens() async throws {
        try await run { installation in
            let service = installation.registry.singleSignOn
            let eve = try await service.person(of: "other:eve dev")
            #expect(eve.name == "eve")
            for token in ["other:eve dev", "third:eve", "other:"] {
                let refused = await failure { _ = try await service.person(of: token) }
                #expect(refused == .wrongCredentials, "\(token)")
            }
            let again = try await service.person(of: "other:eve")
            #expect(again.groups == [])
        }
    }

    @Test("lets nobody in who is blocked")
    func blocked() async throws {
        try await run { installation in
            _ = try await finish("ada", installation)
            try await installation.registry.people.setBlocked(
                true, ofUser: "ada", caller: .localOperator)
            let refused = await failure { _ = try await finish("ada", installation) }
            #expect(refused == .forbidden)
        }
    }
}
