import NIOCore
import PackagingStandards

/// The simple API's pages, written from what the database knows.
enum SimplePages {
    static func project(_ record: ProjectRecord, form: PageKey.Form) -> ByteBuffer {
        var versions: [String] = []
        for file in record.files where versions.last != file.version { versions.append(file.version) }
        let page = SimpleProjectPage(
            name: record.name.description,
            files: record.status.allowsDownloads ? record.files.map(file) : [],
            versions: versions,
            status: record.status,
            statusReason: record.statusReason,
            lastSerial: record.serial
        )
        var buffer = ByteBuffer()
        switch form {
        case .json: page.writeJSON(into: &buffer)
        case .html: page.writeHTML(into: &buffer)
        }
        return buffer
    }

    static func projectList(_ listing: ProjectListing, form: PageKey.Form) -> ByteBuffer {
        let list = SimpleProjectList(
            projects: listing.names.map { SimpleProjectList.Project(name: $0.description) },
            lastSerial: listing.serial)
        var buffer = ByteBuffer()
        switch form {
        case .json: list.writeJSON(into: &buffer)
        case .html: list.writeHTML(into: &buffer)
        }
        return buffer
    }

    /// A file, linked from `/<index>/simple/<project>/`.
    private static func file(_ file: FileRecord) -> SimpleFile {
        let sha256 = file.digests.sha256.description
        return SimpleFile(
            filename: file.filename,
            url: FileLink.to(file.filename, sha256: sha256, prefix: "../../"),
            sha256: sha256,
            requiresPython: file.requiresPython,
            size: file.size,
            uploadTime: file.uploadedAt,
            yanked: file.yanked,
            coreMetadata: file.metadataDigest.map { .sha256($0.description) } ?? .none
        )
    }
}
