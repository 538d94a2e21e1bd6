/// An entry of a transparency log as attestations hold it: the JSON form of `dev.sigstore.rekor.v1.TransparencyLogEntry`.
///
/// <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_rekor.proto>
struct TransparencyEntry: Hashable, Sendable {
    /// The entry's number in the log, over all its trees.
    let index: Int64
    /// The digest of the log's public key.
    let logID: [UInt8]
    /// What was recorded, such as `dsse`.
    let kind: String
    /// The version of the kind, such as `0.0.1`.
    let version: String
    /// When the log took the entry, in seconds since 1970; 0 if it does not say.
    let integratedTime: Int64
    /// The log's signature over the entry, its time and its number: the signed entry timestamp.
    let promise: [UInt8]?
    let proof: InclusionProof?
    /// What was recorded, as the log keeps it: JSON in canonical form.
    let body: [UInt8]

    /// A proof that an entry is in a tree of the log (RFC 6962 §2.1.1).
    struct InclusionProof: Hashable, Sendable {
        /// The entry's number in its tree.
        let index: Int64
        let rootHash: [UInt8]
        /// The number of entries in the tree.
        let treeSize: Int64
        /// The hashes beside the path, from the leaf up.
        let hashes: [[UInt8]]
        /// The log's signed note about the tree.
        let checkpoint: String
    }

    /// 9999-12-31T23:59:59Z.
    private static let latestTime: Int64 = 253_402_300_799

    init(_ value: JSONValue) throws(ProvenanceError) {
        let entry = try JSONObject(value, as: "the transparency log's entry")
        try entry.allowOnly([
            "logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof",
            "canonicalizedBody",
        ])
        index = try entry.number("logIndex")
        let log = try entry.object("logId")
        try log.allowOnly(["keyId"])
        logID = try log.digest("keyId")
        let kindVersion = try entry.object("kindVersion")
        try kindVersion.allowOnly(["kind", "version"])
        kind = try kindVersion.string("kind", atMost: 64)
        version = try kindVersion.string("version", atMost: 64)
        integratedTime = try entry.number("integratedTime")
        guard integratedTime <= Self.latestTime else {
            throw entry.refusal("has an integratedTime after the year 9999")
        }
        let promise = try entry.optionalObject("inclusionPromise")
        try promise?.allowOnly(["signedEntryTimestamp"])
        self.promise = try promise?.base64("signedEntryTimestamp", atMost: Bounds.signature)
        proof = try Self.proof(of: entry)
        body = try entry.base64("canonicalizedBody", atMost: Bounds.body)
    }

    private static func proof(of entry: JSONObject) throws(ProvenanceError) -> InclusionProof? {
        guard let proof = try entry.optionalObject("inclusionProof") else { return nil }
        try proof.allowOnly(["logIndex", "rootHash", "treeSize", "hashes", "checkpoint"])
        guard let checkpoint = try proof.optionalObject("checkpoint") else { return nil }
        try checkpoint.allowOnly(["envelope"])
        return InclusionProof(
            index: try proof.number("logIndex"), rootHash: try proof.digest("rootHash"),
            treeSize: try proof.number("treeSize"), hashes: try proof.digests("hashes", atMost: Bounds.hashes),
            checkpoint: try checkpoint.string("envelope", atMost: Bounds.checkpoint))
    }

    private enum Bounds {
        static let signature = 1024
        /// The height of a tree of 2^63 entries.
        static let hashes = 64
        static let checkpoint = 8 << 10
        static let body = 256 << 10
    }
}
