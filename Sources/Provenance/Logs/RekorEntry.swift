import FoundationEssentials
import PackagingStandards

/// Verifies an entry of Rekor version 1 with the key of its log.
///
/// <https://github.com/sigstore/rekor>
struct RekorEntry {
    private let entry: TransparencyEntry
    private let log: LogKey

    /// When the log took the entry; to be relied on after ``checkPromise()``.
    let time: Timestamp

    /// Finds the log of an entry.
    ///
    /// - Throws: `.unsupportedEntry`, `.logTimeMissing` or `.logUnknown`.
    init(_ entry: TransparencyEntry, logs: [LogKey]) throws(ProvenanceError) {
        guard isSame(entry.kind, DSSEBody.kind), isSame(entry.version, DSSEBody.version) else {
            throw ProvenanceError(
                .unsupportedEntry,
                "The transparency log's entry is of the kind \(ShownText.quoted(entry.kind)) "
                    + "\(ShownText.quoted(entry.version)); only '\(DSSEBody.kind)' '\(DSSEBody.version)' can be verified."
            )
        }
        guard entry.promise != nil, entry.integratedTime > 0 else {
            throw ProvenanceError(.logTimeMissing, "The transparency log's entry has no signed timestamp.")
        }
        let time = Timestamp(seconds: entry.integratedTime)
        let known = logs.filter { $0.id == entry.logID }
        guard let log = known.first(where: { $0.period.contains(time) }) else {
            throw ProvenanceError(
                .logUnknown,
                known.isEmpty
                    ? "The transparency log with the key id \(HexCoding.encode(entry.logID)) is not configured."
                    : "The transparency log's key was not in use at \(time.iso8601).")
        }
        self.entry = entry
        self.log = log
        self.time = time
    }

    // MARK: Signed timestamp

    /// Checks the log's signature over the entry's body, time, log and number in canonical JSON (RFC 8785).
    func checkPromise() throws(ProvenanceError) {
        let body = Data(entry.body).base64EncodedString()
        // None of these values has anything that would need an escape.
        let signed =
            #"{"body":"\#(body)","integratedTime":\#(entry.integratedTime),"#
            + #""logID":"\#(HexCoding.encode(entry.logID))","logIndex":\#(entry.index)}"#
        guard let promise = entry.promise, log.key.isValid(promise, for: Array(signed.utf8)) else {
            throw ProvenanceError(.logTimeInvalid, "The entry's signed timestamp is not by the transparency log.")
        }
    }

    // MARK: Inclusion

    /// Checks that the entry is in a tree whose root the log signed.
    func checkInclusion() throws(ProvenanceError) {
        guard let proof = entry.proof else {
            throw ProvenanceError(
                .inclusionMissing, "The transparency log's entry has no inclusion proof with a checkpoint.")
        }
        guard
            MerkleTree.isIncluded(
                MerkleTree.leafHash(entry.body), at: proof.index, size: proof.treeSize, hashes: proof.hashes,
                root: proof.rootHash)
        else {
            throw ProvenanceError(
                .inclusionInvalid, "The inclusion proof does not lead from the entry to the root of the log's tree.")
        }
        let checkpoint = try Checkpoint(proof.checkpoint)
        guard checkpoint.isSigned(by: log) else {
            throw ProvenanceError(.checkpointInvalid, "The checkpoint is not signed by the transparency log.")
        }
        guard checkpoint.rootHash == proof.rootHash, checkpoint.treeSize == proof.treeSize else {
            throw ProvenanceError(.checkpointInvalid, "The checkpoint is of another tree than the inclusion proof.")
        }
    }

    // MARK: Body

    /// Checks that the entry is about this statement, signature and certificate.
    func checkBody(statement: [UInt8], signature: [UInt8], certificate: SigningCertificate) throws(ProvenanceError) {
        let body = try DSSEBody(entry.body)
        guard isSame(body.payloadHash, SHA256Digest(hashing: statement).description) else {
            throw ProvenanceError(.entryMismatch, "The transparency log's entry is about another statement.")
        }
        guard isSame(body.signature, Data(signature).base64EncodedString()) else {
            throw ProvenanceError(.entryMismatch, "The transparency log's entry is about another signature.")
        }
        guard isSame(body.verifier, Data(certificate.pem.utf8).base64EncodedString()) else {
            throw ProvenanceError(.entryMismatch, "The transparency log's entry is about another certificate.")
        }
    }
}

/// What Rekor keeps of an envelope: an entry of the kind `dsse`.
///
/// The hash of the whole envelope is not compared: it is of a JSON text whose form nobody knows any more. The parts
/// below are all that the envelope has.
///
/// <https://github.com/sigstore/rekor/blob/main/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json>
private struct DSSEBody {
    static let kind = "dsse"
    static let version = "0.0.1"

    /// The statement's SHA-256 digest.
    let payloadHash: String
    /// In base64.
    let signature: String
    /// The certificate as PEM, in base64.
    let verifier: String

    init(_ bytes: [UInt8]) throws(ProvenanceError) {
        let body = try JSONObject(
            parsing: bytes, atMost: bytes.count, as: "the body of the transparency log's entry", code: .entryMismatch)
        guard isSame(try body.string("kind"), Self.kind), isSame(try body.string("apiVersion"), Self.version) else {
            throw body.refusal("is of another kind than the entry")
        }
        let specification = try body.object("spec")
        let hash = try specification.object("payloadHash")
        guard isSame(try hash.string("algorithm"), "sha256") else { throw hash.refusal("is not of SHA-256") }
        payloadHash = try hash.string("value")
        let signatures = try specification.array("signatures", atMost: 1)
        let signature = try JSONObject(signatures[0], as: "the entry's signature", code: .entryMismatch)
        self.signature = try signature.string("signature")
        verifier = try signature.string("verifier", atMost: 64 << 10)
    }
}
