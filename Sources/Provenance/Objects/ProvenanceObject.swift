/// A provenance object of version 1 (PEP 740): the attestations of one file by their publishers, as an index serves them.
package struct ProvenanceObject: Hashable, Sendable {
    package let bundles: [Bundle]

    /// The attestations of one publisher.
    package struct Bundle: Hashable, Sendable {
        package let publisher: Publisher
        /// At least one.
        package let attestations: [Attestation]

        package init(publisher: Publisher, attestations: [Attestation]) {
            self.publisher = publisher
            self.attestations = attestations
        }
    }

    package init(bundles: [Bundle]) {
        self.bundles = bundles
    }

    /// Makes the object of attestations and those who signed them: one bundle for each, in the order of their first.
    package init(_ attestations: [(publisher: Publisher, attestation: Attestation)]) {
        var bundles: [Bundle] = []
        for (publisher, attestation) in attestations {
            // By bytes: names that Unicode calls equivalent are different publishers.
            let place = bundles.firstIndex { isSame($0.publisher.json.text, publisher.json.text) }
            let known = place.map { bundles.remove(at: $0) }
            bundles.insert(
                Bundle(publisher: publisher, attestations: (known?.attestations ?? []) + [attestation]),
                at: place ?? bundles.endIndex)
        }
        self.bundles = bundles
    }

    /// Parses a provenance object.
    package init(json: [UInt8]) throws(ProvenanceError) {
        let object = try JSONObject(parsing: json, atMost: Bounds.object, as: "the provenance object")
        try object.requireVersionOne()
        try object.allowOnly(["version", "attestation_bundles"])
        var bundles: [Bundle] = []
        for value in try object.array("attestation_bundles", atMost: Bounds.bundles) {
            let bundle = try JSONObject(value, as: "the attestation bundle")
            try bundle.allowOnly(["publisher", "attestations"])
            let publisher = try Publisher(bundle.object("publisher"))
            var attestations: [Attestation] = []
            for attestation in try bundle.array("attestations", atMost: Attestation.Bounds.attestations) {
                attestations.append(try Attestation(attestation))
            }
            bundles.append(Bundle(publisher: publisher, attestations: attestations))
        }
        self.bundles = bundles
    }

    /// The object as JSON.
    package var json: String {
        let bundles = bundles.map { bundle in
            let attestations = bundle.attestations.map(\.json).joined(separator: ",")
            return #"{"publisher":\#(bundle.publisher.json.text),"attestations":[\#(attestations)]}"#
        }
        return #"{"version":1,"attestation_bundles":[\#(bundles.joined(separator: ","))]}"#
    }

    private enum Bounds {
        static let object = 1 << 20
        static let bundles = 16
    }
}
