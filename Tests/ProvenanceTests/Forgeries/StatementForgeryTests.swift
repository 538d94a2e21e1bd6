import Crypto
import PackagingStandards
import Testing

@testable import Provenance

@Suite("Forged statements and signatures")
struct StatementForgeryTests {
    private static let otherDigest = SHA256Digest(hashing: Array("another wheel".utf8)).description

    private static let cases: [ForgedCase] = [
        ForgedCase("wrong digest", .digestMismatch) { $0.statement = Forgery.statement(digest: otherDigest) },
        ForgedCase("the digest in capitals", .digestMismatch) {
            $0.statement = Forgery.statement(digest: Forgery.digest.description.uppercased())
        },
        ForgedCase("empty digest", .digestMismatch) { $0.statement = Forgery.statement(digest: "") },
        ForgedCase("only another kind of digest", .statementInvalid) {
            $0.statement = $0.statement.replacing("sha256", with: "sha512")
        },
        ForgedCase("wrong name", .nameMismatch) {
            $0.statement = Forgery.statement(name: "other-1.0-py3-none-any.whl")
        },
        ForgedCase("wrong version", .nameMismatch) {
            $0.statement = Forgery.statement(name: "my_project-1.0.1-py3-none-any.whl")
        },
        ForgedCase("wrong tags", .nameMismatch) {
            $0.statement = Forgery.statement(name: "my_project-1.0-py2-none-any.whl")
        },
        ForgedCase("a build tag", .nameMismatch) {
            $0.statement = Forgery.statement(name: "my_project-1.0-1-py3-none-any.whl")
        },
        ForgedCase("the source distribution", .nameMismatch) {
            $0.statement = Forgery.statement(name: "my_project-1.0.tar.gz")
        },
        ForgedCase("a path", .nameMismatch) { $0.statement = Forgery.statement(name: "dist/" + Forgery.filename) },
        ForgedCase("no file name", .nameMismatch) { $0.statement = Forgery.statement(name: "") },
        ForgedCase("no name", .statementInvalid) {
            $0.statement = $0.statement.replacing(#""name""#, with: #""nome""#)
        },
        ForgedCase("two files", .statementInvalid) {
            let subject = #"{"name":"\#(Forgery.filename)","digest":{"sha256":"\#(Forgery.digest)"}}"#
            $0.statement = $0.statement.replacing("}],", with: "},\(subject)],")
        },
        ForgedCase("no file", .statementInvalid) {
            $0.statement =
                #"{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"\#(PredicateType.publish.rawValue)"}"#
        },
        ForgedCase("two names", .statementInvalid) {
            $0.statement = $0.statement.replacing(#"{"name""#, with: #"{"name":"x-1.0.zip","name""#)
        },
        ForgedCase("an unknown type of statement", .statementInvalid) {
            $0.statement = Forgery.statement(type: "https://in-toto.io/Statement/v0.1")
        },
        ForgedCase("an unknown predicate", .predicateUnknown) {
            $0.statement = Forgery.statement(predicate: "https://slsa.dev/provenance/v0.2")
        },
        ForgedCase("a predicate that is no object", .statementInvalid) {
            $0.statement = $0.statement.replacing(#""predicate":null"#, with: #""predicate":[]"#)
        },
        ForgedCase("no JSON", .statementInvalid) { $0.statement = "statement" },
        ForgedCase("two texts of JSON", .statementInvalid) { $0.statement += $0.statement },
        ForgedCase("signature over other bytes", .signatureInvalid) { $0.signed = Array("other bytes".utf8) },
        ForgedCase("signature over the statement itself", .signatureInvalid) { $0.signed = Array($0.statement.utf8) },
        ForgedCase("signature over the statement under another type", .signatureInvalid) {
            let size = $0.statement.utf8.count
            $0.signed = Array("DSSEv1 24 application/vnd.in-toto+j \(size) \($0.statement)".utf8)
        },
        ForgedCase("signature by another key", .signatureInvalid) { $0.signer = P256.Signing.PrivateKey() },
    ]

    @Test("Forgeries are refused", arguments: cases)
    func refused(_ forged: ForgedCase) async throws {
        try await forged.judge()
    }

    @Test("The statement of another attestation is refused, and so is its signature")
    func mixed() async throws {
        let sigstore = try TestSigstore()
        let judge = Judge(trustRoot: try sigstore.trustRoot())
        let one = try Forgery(sigstore: sigstore).attestation()
        let other = try Forgery(sigstore: sigstore).attestation()
        guard case .object(let ours) = one, case .object(let theirs) = other else { return }
        await expectRefusal(.entryMismatch) { _ = try await judge.verify(.object([ours[0], ours[1], theirs[2]])) }
        await expectRefusal(.entryMismatch) { _ = try await judge.verify(.object([ours[0], theirs[1], ours[2]])) }
    }

    @Test("An older kind of file cannot be attested")
    func olderKind() async throws {
        let sigstore = try TestSigstore()
        var forgery = Forgery(sigstore: sigstore)
        forgery.statement = Forgery.statement(name: "my_project-1.0.tar.bz2")
        let attestation = try forgery.attestation()
        await expectRefusal(.nameMismatch) {
            _ = try await Judge(trustRoot: sigstore.trustRoot(), filename: "my_project-1.0.tar.bz2").verify(attestation)
        }
    }
}
