package import PackagingStandards

/// An upstream's page of a project, as this server knows it now.
struct FollowedPage: Sendable {
    let content: Content
    let fetchedAt: Timestamp
    /// The moment until which the page is used without asking the upstream.
    let goodUntil: Timestamp
    /// Whether the upstream failed when it was last asked.
    let isStale: Bool
    /// The pins of its files, by file name.
    var pins: [String: UpstreamPin]

    /// In the upstream's order, without those that are no distributions of the project by their names.
    var files: [FollowedFile] { content.files }
    var status: ProjectStatus { content.status }
    /// Whether it says nothing of the project: no file, no version, no status.
    var isEmpty: Bool { content.isEmpty }
    var statusReason: String? { content.statusReason }

    /// Returns the file with a name.
    func file(named filename: String) -> FollowedFile? {
        content.file(named: filename)
    }
}

extension FollowedPage {
    /// The contents of the page, which stay the same if the upstream sends them again.
    final class Content: Sendable {
        let files: [FollowedFile]
        let status: ProjectStatus
        let statusReason: String?
        let isEmpty: Bool
        private let project: NormalizedName
        /// The position of each name in `files`.
        private let places: [String: Int]

        init(_ page: SimpleProjectPage, of project: NormalizedName) {
            self.project = project
            let followed = page.files.compactMap { FollowedFile($0, of: project) }
            // An upstream that states the core metadata of some wheels could not read those of the others.
            let namesMetadata = followed.contains { $0.name.isWheel && $0.file.coreMetadata != .none }
            files = namesMetadata ? followed.map { $0.listingMetadataOnlyIfNamed() } : followed
            places = Dictionary(
                files.enumerated().map { ($1.file.filename, $0) }, uniquingKeysWith: { first, _ in first })
            status = page.status
            statusReason = page.statusReason
            isEmpty = page.files.isEmpty && page.versions.isEmpty && page.status == .active && page.faults.count == 0
        }

        /// Returns the file with a name.
        func file(named filename: String) -> FollowedFile? {
            places[filename].map { files[$0] }
        }

        /// Returns whether a page says the same, as far as an index can use it.
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

/// A file on an upstream's page that an index can list: an object, because pages of thousands are passed around.
package final class FollowedFile: Sendable {
    /// The file on the upstream's page, with its absolute address.
    let file: SimpleFile
    package let name: DistributionFilename
    /// The file as an index lists it if it knows nothing else, with its address relative to the index.
    ///
    /// A wheel has core metadata, because they can be read out of it, but without a digest, unless the page states
    /// those of other wheels only. A source distribution has none, because it is unknown whether they apply to its
    /// wheels. Texts that are too long for a row are left out.
    package let listed: SimpleFile

    /// Fails if the file name is not that of a distribution of the project.
    package convenience init?(_ file: SimpleFile, of project: NormalizedName) {
        guard let name = DistributionFilename(file.filename, project: project) else { return nil }
        self.init(file: file, name: name)
    }

    /// Returns the file as listed on a page that states the core metadata of other wheels: without those that it does
    /// not state of this one.
    fileprivate func listingMetadataOnlyIfNamed() -> FollowedFile {
        guard name.isWheel, file.coreMetadata == .none else { return self }
        return FollowedFile(file: file, name: name, hasMetadata: false)
    }

    init(file: SimpleFile, name: DistributionFilename, hasMetadata: Bool = true) {
        self.file = file
        self.name = name
        var listed = file.placed(
            at: FileLink.toRemote(name, sha256: file.sha256),
            // Their digest is listed once they are here: not the upstream's digest of what it may fail to serve.
            coreMetadata: hasMetadata && name.isWheel ? .unhashed : .none)
        if let text = file.requiresPython, text.utf8.count > FieldBound.requiresPython { listed.requiresPython = nil }
        if let reason = file.yanked.reason, reason.utf8.count > FieldBound.line {
            listed.yanked = .yes(reason: nil)
        }
        self.listed = listed
    }

    /// Returns when the file was uploaded: its upload-time, or the first sight of it here with this digest, whichever
    /// is later; nil if neither is known.
    func birth(_ pin: UpstreamPin?) -> Timestamp? {
        guard let seen = pin?.firstSeenAt else { return file.uploadTime }
        return file.uploadTime.map { max($0, seen) } ?? seen
    }
}
