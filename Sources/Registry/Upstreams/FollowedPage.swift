import PackagingStandards

/// An upstream's page of a project, as it is known here now.
struct FollowedPage: Sendable {
    /// A file of the page that an index can list.
    struct File: Sendable {
        /// As the upstream tells it, with its absolute address.
        let file: SimpleFile
        let name: DistributionFilename
    }

    let name: NormalizedName
    /// In the upstream's order, without those that are neither wheels nor source distributions of the project.
    let files: [File]
    let versions: [String]
    let status: ProjectStatus
    let statusReason: String?
    let fetchedAt: Timestamp
    /// The moment until which the page is used without asking the upstream.
    let goodUntil: Timestamp
    /// Whether the upstream failed when it was last asked.
    let isStale: Bool
    /// What is remembered of its files, by file name.
    var pins: [String: UpstreamPin]
    /// Where in `files` each name is.
    private let places: [String: Int]

    init(
        _ page: SimpleProjectPage, of project: NormalizedName, fetchedAt: Timestamp, goodUntil: Timestamp,
        isStale: Bool, pins: [String: UpstreamPin]
    ) {
        name = project
        files = page.files.compactMap { file in
            guard DistributionFilename.isSafe(file.filename),
                let name = DistributionFilename(file.filename, project: project)
            else { return nil }
            return File(file: file, name: name)
        }
        places = Dictionary(
            files.enumerated().map { ($1.file.filename, $0) }, uniquingKeysWith: { first, _ in first })
        versions = page.versions
        status = page.status
        statusReason = page.statusReason
        self.fetchedAt = fetchedAt
        self.goodUntil = goodUntil
        self.isStale = isStale
        self.pins = pins
    }

    /// The file of a name.
    func file(named filename: String) -> File? {
        places[filename].map { files[$0] }
    }

    /// When a file came to be: its upload-time, or when it was first seen here with this digest, whichever is later;
    /// nil for neither.
    func birth(of file: SimpleFile) -> Timestamp? {
        guard let seen = pins[file.filename]?.firstSeenAt else { return file.uploadTime }
        return file.uploadTime.map { max($0, seen) } ?? seen
    }
}
