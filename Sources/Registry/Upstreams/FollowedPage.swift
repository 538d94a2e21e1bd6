import PackagingStandards

/// An upstream's page of a project, as it is known here now.
struct FollowedPage: Sendable {
    let content: Content
    let fetchedAt: Timestamp
    /// The moment until which the page is used without asking the upstream.
    let goodUntil: Timestamp
    /// Whether the upstream failed when it was last asked.
    let isStale: Bool
    /// What is remembered of its files, by file name.
    var pins: [String: UpstreamPin]

    /// In the upstream's order, without those that are neither wheels nor source distributions of the project.
    var files: [FollowedFile] { content.files }
    var status: ProjectStatus { content.status }
    var statusReason: String? { content.statusReason }

    /// The file of a name.
    func file(named filename: String) -> FollowedFile? {
        content.places[filename].map { content.files[$0] }
    }
}

extension FollowedPage {
    /// What the page says, which stays the same when the upstream says it again.
    final class Content: Sendable {
        let files: [FollowedFile]
        let status: ProjectStatus
        let statusReason: String?
        /// Where in `files` each name is.
        fileprivate let places: [String: Int]

        init(_ page: SimpleProjectPage, of project: NormalizedName) {
            files = page.files.compactMap { file in
                guard DistributionFilename.isSafe(file.filename),
                    let name = DistributionFilename(file.filename, project: project)
                else { return nil }
                return FollowedFile(file: file, name: name)
            }
            places = Dictionary(
                files.enumerated().map { ($1.file.filename, $0) }, uniquingKeysWith: { first, _ in first })
            status = page.status
            statusReason = page.statusReason
        }
    }
}

/// A file of an upstream's page that an index can list: an object, since pages of thousands are handed about.
final class FollowedFile: Sendable {
    /// As the upstream tells it, with its absolute address.
    let file: SimpleFile
    let name: DistributionFilename
    /// As an index tells it that knows no more: with its address relative to the index, and with the core metadata that
    /// can be had of every wheel.
    let listed: SimpleFile

    init(file: SimpleFile, name: DistributionFilename) {
        self.file = file
        self.name = name
        var listed = file
        listed.url = FileLink.toRemote(name, sha256: file.sha256)
        if case .none = file.coreMetadata, case .wheel = name { listed.coreMetadata = .unhashed }
        self.listed = listed
    }

    /// When the file came to be: its upload-time, or when it was first seen here with this digest, whichever is later;
    /// nil for neither.
    func birth(_ pin: UpstreamPin?) -> Timestamp? {
        guard let seen = pin?.firstSeenAt else { return file.uploadTime }
        return file.uploadTime.map { max($0, seen) } ?? seen
    }
}
