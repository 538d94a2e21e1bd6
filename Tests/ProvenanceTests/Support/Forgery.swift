import Crypto
import PackagingStandards

@testable import Provenance

/// How an attestation is made; as it is, an honest one. Each change forges one thing, and what depends on it is made
/// anew, as somebody would who tries to get it accepted.
struct Forgery {
    var sigstore: TestSigstore
    /// What the certificate says.
    var request = TestSigstore.Request()
    /// The key that signs; the certificate has its public half.
    var key = P256.Signing.PrivateKey()
    /// A certificate in place of the requested one.
    var certificate: [UInt8]?
    var statement = Self.statement()
    /// What is really signed, if it isn't the statement's encoding.
    var signed: [UInt8]?
    /// Who signs, if it isn't the certificate's key.
    var signer: P256.Signing.PrivateKey?

    var kind = "dsse"
    var version = "0.0.1"
    /// In seconds from ``TestSigstore/now``.
    var time: Int64 = 0
    /// The time that the entry shows, if it isn't the one that the log signed.
    var shownTime: Int64?
    /// The number of the entry that it shows, if it isn't the one that the log signed.
    var shownIndex: Int64?
    /// Changes the body before the log signs it.
    var recorded: (inout Recorded) -> Void = { _ in }
    /// The log's key for the signed timestamp.
    var promiseKey: P256.Signing.PrivateKey?
    /// The log's key for the checkpoint.
    var checkpointKey: P256.Signing.PrivateKey?
    /// What the entry names its log by.
    var logID: [UInt8]?
    /// Changes the entry after the log signed it.
    var entry: (inout Entry) -> Void = { _ in }
    /// Further entries, as JSON.
    var furtherEntries: [JSONValue] = []

    /// What the log records.
    struct Recorded {
        var kind: String
        var version: String
        var statement: [UInt8]
        var signature: [UInt8]
        var certificate: [UInt8]
        var hashAlgorithm = "sha256"
    }

    /// The parts of an entry that can be taken away or changed.
    struct Entry {
        var promise: [UInt8]?
        var index: Int64
        var treeSize: Int64
        var hashes: [[UInt8]]
        var root: [UInt8]
        var checkpoint: String?
        var body: [UInt8]
        var hasProof = true
    }

    static let filename = "my_project-1.0-py3-none-any.whl"
    static let digest = SHA256Digest(hashing: Array("the wheel".utf8))

    static func statement(
        type: String = "https://in-toto.io/Statement/v1", name: String = filename, digest: String = digest.description,
        predicate: String = PredicateType.publish.rawValue
    ) -> String {
        #"{"_type":"\#(type)","subject":[{"name":"\#(name)","digest":{"sha256":"\#(digest)"}}],"#
            + #""predicateType":"\#(predicate)","predicate":null}"#
    }

    // MARK: Making

    /// Returns the attestation as JSON.
    func attestation() throws -> JSONValue {
        let certificate = try certificate ?? sigstore.certificate(request, for: key.publicKey)
        let statement = Array(statement.utf8)
        let encoded = Array("DSSEv1 28 application/vnd.in-toto+json \(statement.count) ".utf8) + statement
        let signature = Array(try (signer ?? key).signature(for: signed ?? encoded).derRepresentation)
        let material: [JSONMember] = [
            JSONMember("certificate", .string(base64(certificate))),
            JSONMember(
                "transparency_entries",
                .array([try entryJSON(statement, signature, certificate)] + furtherEntries)),
        ]
        let envelope: [JSONMember] = [
            JSONMember("statement", .string(base64(statement))), JSONMember("signature", .string(base64(signature))),
        ]
        return .object([
            JSONMember("version", .number("1")), JSONMember("verification_material", .object(material)),
            JSONMember("envelope", .object(envelope)),
        ])
    }

    private func entryJSON(
        _ statement: [UInt8], _ signature: [UInt8], _ certificate: [UInt8]
    ) throws -> JSONValue {
        var recorded = Recorded(
            kind: kind, version: version, statement: statement, signature: signature, certificate: certificate)
        self.recorded(&recorded)
        let body = Self.body(recorded)
        let index: Int64 = 1_000_005
        let seconds = TestSigstore.now.microseconds / 1_000_000 + time
        let logID = logID ?? TestSigstore.logID(sigstore.log.publicKey)
        let promised =
            #"{"body":"\#(base64(body))","integratedTime":\#(seconds),"logID":"\#(HexCoding.encode(logID))","#
            + #""logIndex":\#(index)}"#
        let tree = TestTree((0..<7).map { $0 == 5 ? body : Array("entry \($0)".utf8) })
        let checkpoint = try Self.checkpoint(size: 7, root: tree.root, by: checkpointKey ?? sigstore.log)
        var entry = Entry(
            promise: Array(
                try (promiseKey ?? sigstore.log).signature(for: Array(promised.utf8)).derRepresentation),
            index: 5, treeSize: 7, hashes: tree.path(5), root: tree.root, checkpoint: checkpoint, body: body)
        self.entry(&entry)
        return json(entry, logID: logID, index: shownIndex ?? index, seconds: shownTime.map { seconds + $0 } ?? seconds)
    }

    private func json(_ entry: Entry, logID: [UInt8], index: Int64, seconds: Int64) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("logIndex", .string("\(index)")),
            JSONMember("logId", .object([JSONMember("keyId", .string(base64(logID)))])),
            JSONMember(
                "kindVersion",
                .object([JSONMember("kind", .string(kind)), JSONMember("version", .string(version))])),
            JSONMember("integratedTime", .string("\(seconds)")),
        ]
        if let promise = entry.promise {
            members.append(
                JSONMember(
                    "inclusionPromise", .object([JSONMember("signedEntryTimestamp", .string(base64(promise)))])))
        }
        var proof: [JSONMember] = [
            JSONMember("logIndex", .string("\(entry.index)")),
            JSONMember("rootHash", .string(base64(entry.root))),
            JSONMember("treeSize", .string("\(entry.treeSize)")),
            JSONMember("hashes", .array(entry.hashes.map { .string(base64($0)) })),
        ]
        if let checkpoint = entry.checkpoint {
            proof.append(JSONMember("checkpoint", .object([JSONMember("envelope", .string(checkpoint))])))
        }
        if entry.hasProof { members.append(JSONMember("inclusionProof", .object(proof))) }
        members.append(JSONMember("canonicalizedBody", .string(base64(entry.body))))
        return .object(members)
    }

    static func checkpoint(
        size: Int, root: [UInt8], by key: P256.Signing.PrivateKey, origin: String = "log.test - 1"
    ) throws -> String {
        let text = "\(origin)\n\(size)\n\(base64(root))\n"
        let signature = Array(try key.signature(for: Array(text.utf8)).derRepresentation)
        let hint = TestSigstore.logID(key.publicKey).prefix(4)
        return "\(text)\n— log.test \(base64(hint + signature))\n"
    }

    private static func body(_ recorded: Recorded) -> [UInt8] {
        let lines = stride(from: 0, to: base64(recorded.certificate).utf8.count, by: 64).map { start in
            String(base64(recorded.certificate).dropFirst(start).prefix(64))
        }
        let pem = "-----BEGIN CERTIFICATE-----\n\(lines.joined(separator: "\n"))\n-----END CERTIFICATE-----\n"
        let hash = HexCoding.encode(sha256(recorded.statement))
        return Array(
            (#"{"apiVersion":"\#(recorded.version)","kind":"\#(recorded.kind)","spec":{"envelopeHash":"#
                + #"{"algorithm":"sha256","value":"\#(hash)"},"payloadHash":{"algorithm":"\#(recorded.hashAlgorithm)","#
                + #""value":"\#(hash)"},"signatures":[{"signature":"\#(base64(recorded.signature))","#
                + #""verifier":"\#(base64(Array(pem.utf8)))"}]}}"#).utf8)
    }
}
