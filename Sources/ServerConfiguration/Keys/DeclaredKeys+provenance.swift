extension DeclaredKeys {
    static let trustedRoot = ConfigurationKey(
        "provenance.trusted_root", .paths, default: [], defaultNote: "attestations are not verified",
        example: "\"trusted_root.json\"",
        help: "The file that says whose attestations are trusted (Sigstore's `trusted_root.json`), or a list of such "
            + "files: an attestation must stand by one of them. Read when the server starts; nothing is fetched. A "
            + "relative path begins at the working directory.")
    static let certificateAuthorities = ConfigurationKey(
        "provenance.certificate_authorities", ValueType<String>.path.optional, default: nil, defaultNote: "none",
        example: "\"fulcio.pem\"",
        help: "For a Sigstore of your own without a `trusted_root.json`: a PEM file with the certificates of its "
            + "authority (Fulcio), the root among them. Needs `transparency_log_keys`.")
    static let transparencyLogKeys = ConfigurationKey(
        "provenance.transparency_log_keys", ValueType<String>.path.optional, default: nil, defaultNote: "none",
        example: "\"rekor.pem\"",
        help: "A PEM file with the public keys of the transparency log (Rekor) beside `certificate_authorities`.")
    static let certificateLogKeys = ConfigurationKey(
        "provenance.certificate_log_keys", ValueType<String>.path.optional, default: nil,
        defaultNote: "certificates need not be recorded", example: "\"ctfe.pem\"",
        help: "A PEM file with the public keys of the certificate transparency log beside `certificate_authorities`, "
            + "if there is one.")

    static let provenance: [any DeclaredKey] = [
        trustedRoot, certificateAuthorities, transparencyLogKeys, certificateLogKeys,
    ]
}
