/// The fourth step of the schema: pages find the files that have a provenance without reading it.
enum ProvenanceSchema {
    static let statements = [
        """
        CREATE INDEX attestations_verified ON attestations (project_id, filename)
        WHERE \(isProvenance)
        """
    ]

    /// The condition that a row of `attestations` is a provenance object: a text that begins with a brace
    /// (`NewFile.attestations`). Queries state it in the same words, so that the index serves them.
    static let isProvenance = "substr(attestations, 1, 1) = '{'"
}
