import NIOCore
public import PackagingStandards

extension Registry {
    /// The JSON API's page of a project, or of one version of it, with all of its core metadata; links begin
    /// with `indexURL`, the absolute address of the index, ending in `/`.
    public func projectJSONPage(
        _ project: NormalizedName, version: Version?, encoding: RenderedPage.Encoding = .identity, in index: IndexName,
        indexURL: String, caller: Caller
    ) async throws -> RenderedPage {
        let settings = try requireRead(caller, in: index)
        let subject = PageKey.Subject.projectJSON(project, version: version?.canonical, indexURL: indexURL)
        let key = PageKey(index: index, subject: subject, form: .json)
        let page = try await page(key, encoding, caller) { [self] in
            guard let offer = try await ProjectResolution(project, for: caller, in: self).offer(in: settings),
                let described = ProjectJSON.describedFile(of: offer, version: version)
            else { return nil }
            let page = ProjectJSON(
                offer: offer, version: version, described: described,
                metadata: try await coreMetadata(of: described, for: caller),
                indexURL: indexURL)
            return RenderedPage(page.written(), serial: offer.serial, goodUntil: offer.goodUntil)
        }
        guard let page else {
            let unknown =
                version.map { RegistryError(.notFound, "The index \(index) has no version \($0) of \(project).") }
                ?? unknownProject(project, in: index)
            throw absent(unknown, in: index, for: caller)
        }
        return page
    }

    /// The core metadata of a file, from storage or from its upstream; nil where it has none that can be read.
    private func coreMetadata(of file: ListedFile, for caller: Caller) async throws -> CoreMetadata? {
        switch file.place {
        case .published(let record, _), .kept(let record, _): return try await coreMetadata(of: record)
        case .remote(let remote):
            let isTold = remote.name.isWheel ? file.simple.coreMetadata != .none : remote.file.coreMetadata != .none
            guard isTold, mayFetch(remote, caller) else { return nil }
            let bytes = try await metadataBytes(of: remote)
            // What strangers wrote may break the rules; then nothing is told of it.
            return try? CoreMetadata(parsing: Array(buffer: bytes), maximumSize: ProjectJSON.maximumMetadataSize)
        }
    }

    /// The core metadata of a file, from storage; nil where it has none.
    func coreMetadata(of file: FileRecord) async throws -> CoreMetadata? {
        guard let digest = file.metadataDigest else { return nil }
        let blob = BlobName(digest: digest, name: file.filename + ".metadata")
        guard let bytes = try await storage.get(.blob(blob), limit: CoreMetadata.defaultMaximumSize) else {
            throw RegistryError(
                .internal, "The core metadata of \(file.filename) is missing from storage.",
                cause: MissingBytes(blob: blob))
        }
        do {
            return try CoreMetadata(parsing: Array(buffer: bytes), maximumSize: ProjectJSON.maximumMetadataSize)
        } catch CoreMetadataError.tooLarge {
            return nil
        } catch {
            guard file.source == nil else { return nil }
            throw RegistryError(
                .internal, "The core metadata of \(file.filename) in storage cannot be read.", cause: error)
        }
    }
}
