/// The statements that look for who names bytes.
enum BlobStatements {
    static let pinOfMetadata = "SELECT filename FROM pins WHERE metadata_sha256 = ?1 AND filename = ?2 LIMIT 1"
}
