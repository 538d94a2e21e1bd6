import PackagingStandards

/// A file of a remote upstream that an index offers and may fetch: found, allowed by the policies, and to be had under
/// the caller's rights.
struct RemoteFile: Sendable {
    /// The index that keeps it once it is fetched: the one that has the upstream, which may be another than asked.
    let index: IndexName
    let project: NormalizedName
    /// The file on the upstream's page.
    let followed: FollowedFile
    let upstream: any Upstream
    /// What is remembered of it; nil for nothing.
    let pin: UpstreamPin?
    /// When it was uploaded there, or first seen here; nil if nobody knows.
    let birth: Timestamp?
    /// Whether published files may stand beside it (mirror mode).
    let mayMix: Bool
    /// The most bytes that it may have; nil for no bound. Asked once its size is known, which may be late.
    var maxSize: Int64?

    /// Whether one fetch serves both: the same file of its upstream, rather than another that had its name, and held to
    /// the same bound.
    func sharesFetch(with other: RemoteFile) -> Bool {
        file.sha256 == other.file.sha256 && maxSize == other.maxSize
    }

    /// The name as the upstream spells it, parsed.
    var name: DistributionFilename { followed.name }
    /// What the upstream's page says of it, with its absolute address.
    var file: SimpleFile { followed.file }
    /// The digest that its bytes must have; nil if it is learned by the first fetch.
    var expectedSHA256: SHA256Digest? { file.sha256.flatMap { SHA256Digest(hex: $0) } ?? pin?.sha256 }
    /// Bytes, where that is known before it is asked for.
    var knownSize: Int64? { file.size ?? pin?.size }
}
