import PackagingStandards

/// Takes over what an upstream's page newly says of files that are kept here: yanks, and the project's status.
struct UpstreamFollower: Sendable {
    let indexes: [IndexSettings]
    let pages: PageCache
    let files: FileCache
    let clock: Clock

    /// What is to be applied together with a page.
    ///
    /// - Parameters:
    ///   - key: Whose page it is.
    ///   - status: What the page said of the project's status before.
    ///   - new: What it says now.
    /// - Returns: What the database applies in the page's transaction.
    func following(
        _ key: UpstreamPages.Key, before status: ProjectStatus, new: SimpleProjectPage
    ) -> UpstreamFollowing {
        UpstreamFollowing(
            indexes: indexes.filter { $0.upstreams.contains(.remote(key.upstream)) }.map(\.name),
            yanked: Dictionary(new.files.map { ($0.filename, $0.yanked) }) { first, _ in first },
            statusBefore: status, status: new.status, statusReason: new.statusReason, moment: clock.now())
    }

    /// Drops what is in memory of a project whose page has become another one, before anybody sees that.
    func dropCopies(of project: NormalizedName) {
        files.dropAll()
        for index in indexes { pages.drop(project, in: index.name) }
    }
}
