import PackagingStandards

/// An attestation object of version 1 (PEP 740), parsed and within bounds, but not verified.
package struct Attestation: Hashable, Sendable {
    /// The object as JSON without white space: what was parsed and nothing else.
    package let json: String
    /// The signing certificate in DER.
    let certificate: [UInt8]
    /// The entries of transparency logs, at least one.
    let entries: [TransparencyEntry]
    /// The signed bytes: an in-toto statement.
    let statement: [UInt8]
    /// The signature over ``signedBytes``.
    let signature: [UInt8]

    /// Parses one attestation object.
    package init(json: [UInt8]) throws(ProvenanceError) {
        try self.init(
            JSONObject.value(parsing: json, atMost: Bounds.attestation, as: "the attestation"))
    }

    /// Parses a JSON array of attestation objects, as uploads send it in the field `attestations`; an error says which of
    /// them is meant.
    package static func list(json: [UInt8]) throws(ProvenanceError) -> [Attestation] {
        let value = try JSONObject.value(parsing: json, atMost: Bounds.attestationList, as: "the list of attestations")
        guard case .array(let elements) = value, !elements.isEmpty else {
            throw ProvenanceError(.malformed, "The list of attestations is not a JSON array with attestations in it.")
        }
        guard elements.count <= Bounds.attestations else {
            throw ProvenanceError(
                .malformed,
                "There are \(elements.count) attestations; at most \(Bounds.attestations) are accepted.")
        }
        var attestations: [Attestation] = []
        for (place, element) in elements.enumerated() {
            do {
                attestations.append(try Attestation(element))
            } catch {
                throw error.about(place, of: elements.count)
            }
        }
        return attestations
    }

    init(_ value: JSONValue) throws(ProvenanceError) {
        let object = try JSONObject(value, as: "the attestation")
        try object.requireVersionOne()
        try object.allowOnly(["version", "verification_material", "envelope"])
        let material = try object.object("verification_material")
        try material.allowOnly(["certificate", "transparency_entries"])
        let envelope = try object.object("envelope")
        try envelope.allowOnly(["statement", "signature"])

        certificate = try material.base64("certificate", atMost: Bounds.certificate)
        var entries: [TransparencyEntry] = []
        for entry in try material.array("transparency_entries", atMost: Bounds.transparencyEntries) {
            entries.append(try TransparencyEntry(entry))
        }
        self.entries = entries
        statement = try envelope.base64("statement", atMost: Bounds.statement)
        signature = try envelope.base64("signature", atMost: Bounds.signature)
        json = value.text
    }

    /// The type of the signed bytes, which the signature covers.
    private static let payloadType = "application/vnd.in-toto+json"

    /// What the signature covers: the pre-authentication encoding of DSSE v1.
    ///
    /// <https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md>
    var signedBytes: [UInt8] {
        let type = Self.payloadType
        return Array("DSSEv1 \(type.utf8.count) \(type) \(statement.count) ".utf8) + statement
    }
}

extension Attestation {
    /// How much an object may have; a real attestation has some 10,000 bytes.
    enum Bounds {
        static let attestation = 256 << 10
        /// A list has the bound of the field that carries it.
        static let attestationList = FieldBound.attestations
        static let attestations = 16
        static let certificate = 16 << 10
        static let transparencyEntries = 4
        static let statement = 128 << 10
        static let signature = 1024
    }
}
