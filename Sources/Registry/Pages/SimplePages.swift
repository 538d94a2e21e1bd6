import NIOCore
import PackagingStandards

/// The simple API's pages, written from what the database knows.
enum SimplePages {
    static func project(_ project: ListedProject, form: PageKey.Form) -> ByteBuffer {
        var versions: [String] = []
        for file in project.files where versions.last != file.version { versions.append(file.version) }
        let page = SimpleProjectPage(
            name: project.name.description,
            heldFiles: project.status.allowsDownloads ? project.files : [],
            heldFilesAddress: heldFilesAddress,
            versions: versions,
            status: project.status,
            statusReason: project.statusReason,
            lastSerial: project.serial
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

    /// The folder of an index's files, seen from `/<index>/simple/<project>/`: neither host nor prefix is in a page.
    static let heldFilesAddress = "../../files/"
}
