import PackagingStandards

/// A log's signed note about its tree: size and root.
///
/// <https://github.com/transparency-dev/formats/blob/main/log/README.md>
struct Checkpoint {
    let treeSize: Int64
    let rootHash: [UInt8]
    /// The text that is signed, with its last line feed.
    private let text: [UInt8]
    private let signatures: [Signature]

    private struct Signature {
        /// The first four bytes of the key's id.
        let hint: [UInt8]
        let bytes: [UInt8]
    }

    /// The most signatures that a note may have: of the log and its witnesses.
    private static let maximumSignatures = 32

    /// - Throws: `.checkpointInvalid` if the note is malformed.
    init(_ note: String) throws(ProvenanceError) {
        // Bytes, since a text's characters may span a line feed and what follows it.
        let bytes = Array(note.utf8)
        let blank = bytes.indices.dropLast().first { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }
        guard let blank, bytes.last == 0x0A else { throw Self.refusal("has no signatures") }
        text = Array(bytes[...blank])
        let lines = text.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 3, !lines[0].isEmpty else { throw Self.refusal("has too few lines") }
        guard let treeSize = WholeNumber.parse(String(decoding: lines[1], as: UTF8.self)) else {
            throw Self.refusal("has no size of the tree")
        }
        guard let rootHash = Self.decode(lines[2]), rootHash.count == 32 else {
            throw Self.refusal("has no root of the tree")
        }
        self.treeSize = treeSize
        self.rootHash = rootHash

        let signatureLines = bytes[(blank + 2)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard signatureLines.count <= Self.maximumSignatures else { throw Self.refusal("has too many signatures") }
        var signatures: [Signature] = []
        for line in signatureLines {
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].elementsEqual("—".utf8), !parts[1].isEmpty,
                let signature = Self.decode(parts[2]), signature.count > 4
            else { throw Self.refusal("has a malformed signature") }
            signatures.append(Signature(hint: Array(signature[..<4]), bytes: Array(signature[4...])))
        }
        self.signatures = signatures
    }

    /// Returns whether one of the signatures is by a log's key.
    func isSigned(by log: LogKey) -> Bool {
        signatures.contains { $0.hint == Array(log.id.prefix(4)) && log.key.isValid($0.bytes, for: text) }
    }

    private static func decode(_ line: ArraySlice<UInt8>) -> [UInt8]? {
        Base64.decode(String(decoding: line, as: UTF8.self)[...].utf8)
    }

    private static func refusal(_ predicate: String) -> ProvenanceError {
        ProvenanceError(.checkpointInvalid, "The transparency log's checkpoint \(predicate).")
    }
}
