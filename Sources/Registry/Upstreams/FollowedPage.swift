package import PackagingStandards

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

    /// In the upstream's order, without those that are no distributions of the project by their names.
    var files: [FollowedFile] { content.files }
    var status: ProjectStatus { content.status }
    /// Whether it says nothing of the project: no file, no version, no status.
    var isEmpty: Bool { content.isEmpty }
    var statusReason: String? { content.statusReason }

    /// The file of a name.
    func file(named filename: String) -> FollowedFile? {
        content.file(named: filename)
    }
}

extension FollowedPage {
    /// What the page says, which stays the same when the upstream says it again.
    final class Content: Sendable {
        let files: [FollowedFile]
        let status: ProjectStatus
        let statusReason: String?
        let isEmpty: Bool
        private let project: NormalizedName
        /// Where in `files` each name is.
        private let places: [String: Int]

        init(_ page: SimpleProjectPage, of project: NormalizedName) {
            self.project = project
            let followed = page.files.compactMap { FollowedFile($0, of: project) }
            // Whoever names the core metadata of some wheels could not read those of the others.
            let namesMetadata = followed.contains { $0.name.isWheel && $0.file.coreMetadata != .none }
            files = namesMetadata ? followed.map { $0.listingMetadataOnlyIfNamed() } : followed
            places = Dictionary(
                files.enumerated().map { ($1.file.filename, $0) }, uniquingKeysWith: { first, _ in first })
            status = page.status
            statusReason = page.statusReason
            isEmpty = page.files.isEmpty && page.versions.isEmpty && page.status == .active && page.faults.count == 0
        }

        /// The file of a name.
        func file(named filename: String) -> FollowedFile? {
            places[filename].map { files[$0] }
        }

        /// Whether a page says the same, as far as an index can use it.
        func says(_ page: SimpleProjectPage) -> Bool {
            guard page.status == status, page.statusReason == statusReason else { return false }
            var place = 0
            for file in page.files {
                if place < files.count, files[place].file == file {
                    place += 1
                } else if FollowedFile(file, of: project) != nil {
                    return false
                }
            }
            return place == files.count
        }
    }
}

/// A file of an upstream's page that an index can list: an object, since pages of thousands are handed about.
package final class FollowedFile: Sendable {
    /// As the upstream tells it, with its absolute address.
    let file: SimpleFile
    package let name: DistributionFilename
    /// As an index tells it that knows no more: with its address relative to the index, with the core metadata of a
    /// wheel, which can be read out of it, without their digest, and without a source distribution's, of which it is not
    /// known whether they hold for its wheels. A wheel of a page that names the core metadata of others alone has none.
    /// Longer texts than rows hold are left out.
    package let listed: SimpleFile

    /// Nil for what is no distribution of the project by its name.
    package convenience init?(_ file: SimpleFile, of project: NormalizedName) {
        guard DistributionFilename.isSafe(file.filename),
            let name = DistributionFilename(file.filename, project: project)
        else { return nil }
        self.init(file: file, name: name)
    }

    /// As on a page that names the core metadata of other wheels: without those that it doesn't name of this one.
    fileprivate func listingMetadataOnlyIfNamed() -> FollowedFile {
        guard name.isWheel, file.coreMetadata == .none else { return self }
        return FollowedFile(file: file, name: name, hasMetadata: false)
    }

    init(file: SimpleFile, name: DistributionFilename, hasMetadata: Bool = true) {
        self.file = file
        self.name = name
        var listed = file
        listed.url = FileLink.toRemote(name, sha256: file.sha256)
        // What they are is told once they are here: not the upstream's digest of what it may fail to give.
        listed.coreMetadata = hasMetadata && name.isWheel ? .unhashed : .none
        if let text = file.requiresPython, text.utf8.count > FieldBound.requiresPython { listed.requiresPython = nil }
        if let reason = file.yanked.reason, reason.utf8.count > FieldBound.line {
            listed.yanked = .yes(reason: nil)
        }
        self.listed = listed
    }

    /// When the file came to be: its upload-time, or when it was first seen here with this digest, whichever is later;
    /// nil for neither.
    func birth(_ pin: UpstreamPin?) -> Timestamp? {
        guard let seen = pin?.firstSeenAt else { return file.uploadTime }
        return file.uploadTime.map { max($0, seen) } ?? seen
    }
}
