/// The third step: whose core metadata pages name, and bounds for what was copied out of them.
enum MetadataSchema {
    static let statements = files + pins + bounds

    private static let files = [
        // Of source distributions that were published before, nobody has looked whether theirs hold for every wheel.
        "ALTER TABLE files ADD COLUMN advertises_metadata {int} NOT NULL DEFAULT 0",
        "UPDATE files SET advertises_metadata = 1 WHERE package_type = 'bdist_wheel'",
    ]

    private static let pins = [
        // Whether the file's core metadata were looked for in vain.
        "ALTER TABLE pins ADD COLUMN lacks_metadata {int} NOT NULL DEFAULT 0",
        // Anything that an upstream answered was taken for core metadata: they are had again, and looked at.
        "UPDATE pins SET metadata_sha256 = NULL, metadata_size = NULL WHERE metadata_sha256 IS NOT NULL",
    ]

    private static let bounds = [
        "UPDATE files SET requires_python = NULL WHERE length(requires_python) > 512",
        "UPDATE files SET summary = NULL WHERE length(summary) > 4096",
        "UPDATE projects SET summary = NULL, folded_summary = '' WHERE length(summary) > 4096",
    ]
}
