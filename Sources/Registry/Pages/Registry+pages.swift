public import NIOCore
public import PackagingStandards

extension Registry {
    /// The simple API's page of a project (PEP 503, PEP 691).
    ///
    /// Throws `.notFound` where the index does not have the project, or the caller may not read it, and
    /// `.authenticationRequired` for strangers who may not read.
    public func projectPage(
        _ project: NormalizedName, form: PageKey.Form, in index: IndexName, caller: Caller
    ) async throws -> RenderedPage {
        _ = try requireRead(caller, in: index)
        let key = PageKey(index: index, subject: .project(project), form: form)
        let page = try await page(key) { [self] in
            guard let record = try await database.project(project, in: index) else { return nil }
            return RenderedPage(SimplePages.project(record, form: form), serial: record.serial)
        }
        guard let page else { throw unknownProject(project, in: index) }
        return page
    }

    /// The simple API's list of the projects that a caller may read.
    public func projectListPage(
        form: PageKey.Form, in index: IndexName, caller: Caller
    ) async throws -> RenderedPage {
        _ = try requireRead(caller, in: index)
        let key = PageKey(index: index, subject: .projectList(.wholeIndex), form: form)
        let page = try await page(key) { [self] in
            let listing = try await database.projects(in: index)
            return RenderedPage(SimplePages.projectList(listing, form: form), serial: listing.serial)
        }
        guard let page else { throw RegistryError(.notFound, "There is no index called \(index) here.") }
        return page
    }

    /// A page that is kept and that a caller may read, without waiting; nil where the long way must be gone.
    ///
    /// Called on event loops. It says nothing of why: the long way finds the same answer or the error.
    public func keptPage(_ key: PageKey, caller: Caller) -> RenderedPage? {
        guard let settings = indexes[key.index], AccessDecision.allows(.read, to: caller, in: settings) else {
            return nil
        }
        return pages.kept(key)
    }

    /// The page of a key, from the cache or rendered; its compressed forms are made afterwards, off the request.
    func page(
        _ key: PageKey, render: @escaping @Sendable () async throws -> RenderedPage?
    ) async throws -> RenderedPage? {
        if let page = pages.kept(key) {
            metrics.pages.increment(.hit)
            return page
        }
        metrics.pages.increment(.miss)
        return try await pages.page(key, render: render) { [self] page in compressLater(page, for: key) }
    }

    func unknownProject(_ project: NormalizedName, in index: IndexName) -> RegistryError {
        RegistryError(.notFound, "The index \(index) has no project called \(project).")
    }

    private func compressLater(_ page: RenderedPage, for key: PageKey) {
        workers.submit { [self] state in
            guard state == .active else { return }
            do {
                pages.replace(try page.compressed(), for: key)
            } catch {
                logger.warning("a page could not be compressed", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// The simple API's pages, written from what the database knows.
enum SimplePages {
    static func project(_ record: ProjectRecord, form: PageKey.Form) -> ByteBuffer {
        var versions: [String] = []
        for file in record.files where versions.last != file.version { versions.append(file.version) }
        let page = SimpleProjectPage(
            name: record.name.description,
            files: record.files.map(file),
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
        let list = SimpleProjectList(projects: listing.names.map(\.description), lastSerial: listing.serial)
        var buffer = ByteBuffer()
        switch form {
        case .json: list.writeJSON(into: &buffer)
        case .html: list.writeHTML(into: &buffer)
        }
        return buffer
    }

    /// Links are relative to `/<index>/simple/<project>/`, so that neither host nor prefix is in a page.
    private static func file(_ file: FileRecord) -> SimpleFile {
        SimpleFile(
            filename: file.filename,
            url: "../../files/\(file.digests.sha256)/\(PercentEncoding.pathSegment(file.filename))",
            sha256: file.digests.sha256.description,
            requiresPython: file.requiresPython,
            size: file.size,
            uploadTime: file.uploadedAt,
            yanked: file.yanked,
            coreMetadata: file.metadataDigest?.description
        )
    }
}
