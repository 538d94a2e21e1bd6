import PackagingStandards

/// What tells the files of upstreams apart that an index keeps, or may keep.
struct CachedFileKey: Hashable, Sendable {
    /// The index that keeps it.
    let index: IndexName
    let project: NormalizedName
    let filename: String
}
