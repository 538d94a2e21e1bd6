import NIOCore
import PackagingStandards

extension SimpleProjectPage {
    /// The page as it is kept: the simple API's JSON, with absolute addresses.
    var storedText: String {
        var buffer = ByteBuffer()
        writeJSON(into: &buffer)
        return String(buffer: buffer)
    }
}

extension StoredUpstreamPage {
    /// The page. Throws where the text is none, which would be a defect.
    func parsed() throws -> SimpleProjectPage {
        try SimplePageReader(pageURL: "https://kept.invalid/\(project)/", maxFiles: .max)
            .json(ByteBuffer(string: body))
    }
}
