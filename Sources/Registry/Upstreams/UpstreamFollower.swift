import PackagingStandards

/// Takes over what an upstream's page newly says of files that are kept here: yanks, and the project's status.
struct UpstreamFollower: Sendable {
    let database: any Database
    let indexes: [IndexSettings]
    let pages: PageCache
    let files: FileCache
    let clock: Clock

    /// Called when a page has become another one, before anybody sees it.
    ///
    /// - Parameters:
    ///   - key: Whose page it is.
    ///   - status: What the page said of the project's status before.
    ///   - new: What it says now.
    /// - Throws: What the database does.
    func follow(_ key: UpstreamPages.Key, before status: ProjectStatus, new: SimpleProjectPage) async throws {
        let yanked = Dictionary(new.files.map { ($0.filename, $0.yanked) }) { first, _ in first }
        for index in indexes where index.upstreams.contains(.remote(key.upstream)) {
            guard let record = try await database.project(key.project, in: index.name) else { continue }
            if record.origin == .upstream(key.upstream) {
                try await follow(status: new, before: status, of: record, in: index.name)
            }
            guard record.files.contains(where: { $0.source?.upstream == key.upstream }) else { continue }
            _ = try await database.followYanked(
                yanked, of: key.project, in: index.name, from: key.upstream, at: clock.now())
        }
        files.dropAll()
        for index in indexes { pages.drop(key.project, in: index.name) }
    }

    /// A status that an administrator has given the project here stays.
    private func follow(
        status page: SimpleProjectPage, before: ProjectStatus, of record: ProjectRecord, in index: IndexName
    ) async throws {
        guard record.status == before, page.status != before else { return }
        let author = ChangeAuthor(name: record.origin.description, userID: nil, at: clock.now())
        _ = try await database.setStatus(
            page.status, reason: page.statusReason, of: record.name, in: index, by: author)
    }
}
