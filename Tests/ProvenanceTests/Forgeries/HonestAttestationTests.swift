import Crypto
import PackagingStandards
import Testing

@testable import Provenance

/// An attestation that is unlike the usual ones and honest.
struct HonestCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout Forgery) throws -> Void

    init(_ name: String, _ change: @escaping @Sendable (inout Forgery) throws -> Void) {
        testDescription = name
        self.change = change
    }
}

@Suite("Honest attestations")
struct HonestAttestationTests {
    @Test("An honest attestation is accepted, and what it proves is told")
    func honest() async throws {
        let sigstore = try TestSigstore()
        let attestation = try Forgery(sigstore: sigstore).attestation()
        let verified = try await Judge(trustRoot: sigstore.trustRoot()).verify(attestation)
        #expect(verified.predicate == .publish)
        #expect(verified.time == TestSigstore.now)
        #expect(verified.issuer == "https://token.actions.githubusercontent.com")
        #expect(
            verified.identities
                == ["https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0"])
        #expect(verified.claims == TestSigstore.Request().claims)
    }

    @Test(
        "What does not matter does not matter",
        arguments: [
            HonestCase("SLSA provenance") {
                $0.statement = Forgery.statement(predicate: PredicateType.slsaProvenance.rawValue)
            },
            HonestCase("another spelling of the name") {
                $0.statement = Forgery.statement(name: "My.Project-1.0.0-py3-none-any.whl")
            },
            HonestCase("white space in the statement") {
                $0.statement = " " + $0.statement + "\n"
            },
            HonestCase("further members of the statement") {
                $0.statement = String($0.statement.dropLast()) + #","more":[1,{}]}"#
            },
            HonestCase("recorded in the certificate's last second") { $0.time = 540 },
            HonestCase("recorded in the certificate's first second") { $0.time = -60 },
            HonestCase("the older extension names the same issuer") {
                $0.request.olderIssuer = $0.request.claims[.issuer]
            },
            HonestCase("only the older extension names the issuer") {
                $0.request.olderIssuer = $0.request.claims.removeValue(forKey: .issuer)
            },
            HonestCase("a timestamp of an unknown certificate log before the known one") {
                $0.request.timestamps = .afterAnother(P256.Signing.PrivateKey())
            },
        ])
    func accepted(_ change: HonestCase) async throws {
        let sigstore = try TestSigstore()
        var forgery = Forgery(sigstore: sigstore)
        try change.change(&forgery)
        _ = try await Judge(trustRoot: sigstore.trustRoot()).verify(forgery.attestation())
    }

    @Test("Every entry must stand, also a second")
    func secondEntry() async throws {
        let sigstore = try TestSigstore()
        let attestation = try Forgery(sigstore: sigstore).attestation()
        let foreign = try Forgery(sigstore: sigstore).attestation()
        let (entries, foreignEntries) = (try Self.entries(attestation), try Self.entries(foreign))
        let judge = Judge(trustRoot: try sigstore.trustRoot())
        _ = try await judge.verify(Self.replacing(entries + entries, in: attestation))
        await expectRefusal(.entryMismatch) {
            _ = try await judge.verify(Self.replacing(entries + foreignEntries, in: attestation))
        }
    }

    static func entries(_ attestation: JSONValue) throws -> [JSONValue] {
        try JSONObject(attestation, as: "it").object("verification_material").array(
            "transparency_entries", atMost: 9)
    }

    static func replacing(_ entries: [JSONValue], in attestation: JSONValue) throws -> JSONValue {
        let object = try JSONObject(attestation, as: "it")
        let certificate = try object.object("verification_material").string("certificate", atMost: 9999)
        let material = JSONValue.object([
            JSONMember("certificate", .string(certificate)), JSONMember("transparency_entries", .array(entries)),
        ])
        return .object([
            JSONMember("version", .number("1")), JSONMember("verification_material", material),
            JSONMember("envelope", try #require(object.value("envelope"))),
        ])
    }

    @Test("Without certificate logs in the trust root, a certificate needs no timestamps")
    func withoutCertificateLogs() async throws {
        let sigstore = try TestSigstore()
        var forgery = Forgery(sigstore: sigstore)
        forgery.request.timestamps = .none
        _ = try await Judge(trustRoot: sigstore.trustRoot(certificateLogs: false)).verify(forgery.attestation())
    }

    @Test("An intermediate that says nothing about purposes may issue")
    func anyPurpose() async throws {
        let sigstore = try TestSigstore(purposes: nil)
        _ = try await Judge(trustRoot: sigstore.trustRoot()).verify(Forgery(sigstore: sigstore).attestation())
    }
}
