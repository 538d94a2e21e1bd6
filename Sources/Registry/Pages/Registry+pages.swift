import Logging
import NIOCore
import NIOPosix
public import PackagingStandards

extension Registry {
    /// The simple API's page of a project (PEP 503, PEP 691).
    ///
    /// Throws `.notFound` where the index does not have the project, or the caller may not read it, and
    /// `.authenticationRequired` for strangers who may not read.
    public func projectPage(
        _ project: NormalizedName, form: PageKey.Form, encoding: RenderedPage.Encoding = .identity,
        in index: IndexName, caller: Caller
    ) async throws -> RenderedPage {
        _ = try requireRead(caller, in: index)
        let key = PageKey(index: index, subject: .project(project), form: form)
        let page = try await page(key, encoding) { [self] in
            guard let listed = try await database.listedProject(project, in: index) else { return nil }
            return RenderedPage(SimplePages.project(listed, form: form), serial: listed.serial)
        }
        guard let page else { throw unknownProject(project, in: index) }
        return page
    }

    /// The simple API's list of the projects that a caller may read.
    public func projectListPage(
        form: PageKey.Form, encoding: RenderedPage.Encoding = .identity, in index: IndexName, caller: Caller
    ) async throws -> RenderedPage {
        _ = try requireRead(caller, in: index)
        let key = PageKey(index: index, subject: .projectList(.wholeIndex), form: form)
        let page = try await page(key, encoding) { [self] in
            let listing = try await database.projects(in: index)
            return RenderedPage(SimplePages.projectList(listing, form: form), serial: listing.serial)
        }
        guard let page else { throw RegistryError(.notFound, "There is no index called \(index) here.") }
        return page
    }

    /// A page that is kept, in the coding asked for, and that a caller may read, without waiting; nil where the long
    /// way must be gone.
    ///
    /// Called on event loops. It says nothing of why: the long way finds the same answer or the error.
    public func keptPage(
        _ key: PageKey, encoding: RenderedPage.Encoding, caller: Caller
    ) -> RenderedPage? {
        guard let settings = indexes[key.index], AccessDecision.allows(.read, to: caller, in: settings) else {
            return nil
        }
        guard let page = pages.kept(key), page.isSettled(encoding) else { return nil }
        metrics.pages.increment(.hit)
        return page
    }

    /// The page of a key, from the cache or rendered; the form that is asked for is made afterwards, off the request,
    /// once for a page.
    func page(
        _ key: PageKey, _ encoding: RenderedPage.Encoding,
        render: @escaping @Sendable () async throws -> RenderedPage?
    ) async throws -> RenderedPage? {
        let kept = pages.kept(key)
        metrics.pages.increment(kept == nil ? .miss : .hit)
        let page = if let kept { Optional(kept) } else { try await pages.page(key, render: render) }
        if let page, !page.isSettled(encoding) { compressLater(page, encoding, for: key) }
        return page
    }

    func unknownProject(_ project: NormalizedName, in index: IndexName) -> RegistryError {
        RegistryError(.notFound, "The index \(index) has no project called \(project).")
    }

    /// The JSON API's page of a project, or of one version of it, with all of its core metadata; links begin
    /// with `indexURL`, the absolute address of the index, ending in `/`.
    public func projectJSONPage(
        _ project: NormalizedName, version: Version?, encoding: RenderedPage.Encoding = .identity, in index: IndexName,
        indexURL: String, caller: Caller
    ) async throws -> RenderedPage {
        _ = try requireRead(caller, in: index)
        let subject = PageKey.Subject.projectJSON(project, version: version?.canonical, indexURL: indexURL)
        let page = try await page(PageKey(index: index, subject: subject, form: .json), encoding) { [self] in
            guard let record = try await database.project(project, in: index),
                let described = ProjectJSON.describedFile(of: record, version: version)
            else { return nil }
            let metadata = try await coreMetadata(of: described)
            let page = ProjectJSON(
                record: record, version: version, described: described, metadata: metadata,
                indexURL: indexURL)
            return RenderedPage(page.written(), serial: record.serial)
        }
        guard let page else {
            guard let version else { throw unknownProject(project, in: index) }
            throw RegistryError(.notFound, "The index \(index) has no version \(version) of \(project).")
        }
        return page
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
            return try CoreMetadata(parsing: Array(buffer: bytes))
        } catch {
            throw RegistryError(
                .internal, "The core metadata of \(file.filename) in storage cannot be read.", cause: error)
        }
    }

    private func compressLater(_ page: RenderedPage, _ encoding: RenderedPage.Encoding, for key: PageKey) {
        guard pages.claim(encoding, of: page, for: key) else { return }
        workers.submit { [self] state in
            guard state == .active else { return }
            do {
                guard let form = try page.makeForm(encoding) else { return }
                pages.set(form, encoding, of: page, for: key)
            } catch {
                pages.set(.useless, encoding, of: page, for: key)
                logger.warning("a page could not be compressed", metadata: ["error": "\(error)"])
            }
        }
    }
}
