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

    /// A page of what an index offers, from wherever it comes.
    static func project(_ offer: ProjectOffer, form: PageKey.Form) -> ByteBuffer {
        var versions: [String] = []
        var seen: Set<String> = []
        var files: [SimpleFile] = []
        files.reserveCapacity(offer.files.count)
        // By their places: to copy a listed file costs more than to write it.
        for place in offer.files.indices where offer.isListed(place) {
            let version = offer.files[place].versionText
            if versions.last != version, seen.insert(version).inserted { versions.append(version) }
            files.append(offer.files[place].simple)
        }
        let page = SimpleProjectPage(
            name: offer.name.description, files: files, filesAddress: indexAddress, versions: versions,
            status: offer.status, statusReason: offer.statusReason, lastSerial: offer.serial)
        var buffer = ByteBuffer()
        switch form {
        case .json: page.writeJSON(into: &buffer)
        case .html: page.writeHTML(into: &buffer)
        }
        return buffer
    }

    static func projectList(_ listing: ProjectListing, form: PageKey.Form) -> ByteBuffer {
        let list = SimpleProjectList(
            projects: listing.projects.map {
                SimpleProjectList.Project(name: $0.name.description, lastSerial: $0.serial)
            },
            lastSerial: listing.serial)
        var buffer = ByteBuffer()
        switch form {
        case .json: list.writeJSON(into: &buffer)
        case .html: list.writeHTML(into: &buffer)
        }
        return buffer
    }

    /// The index, seen from `/<index>/simple/<project>/`: neither host nor prefix is in a page.
    private static let indexAddress = "../../"
    /// The folder of the index's files, seen from there.
    private static let heldFilesAddress = "../../files/"
}
