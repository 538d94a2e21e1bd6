public import PackagingStandards

/// A file as an index lists it, with the address under which it serves it.
public struct FileListing: Sendable {
    public let name: DistributionFilename
    /// What the project's page says of the file; its address is relative to the index.
    public let file: SimpleFile
    public let address: FileAddress

    /// Nil for what is no distribution of the project by its name.
    init?(_ listed: ListedFile, of project: NormalizedName, in index: IndexName) {
        guard let name = DistributionFilename(listed.filename, project: project),
            let locator = FileLink.locator(of: listed.simple.url)
        else { return nil }
        self.name = name
        file = listed.simple
        address = FileAddress(index: index, locator: locator, filename: listed.filename)
    }
}
