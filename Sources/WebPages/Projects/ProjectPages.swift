import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// The pages of projects.
struct ProjectPages: Sendable {
    /// How many projects that use one are listed.
    private static let mostUsers = 50

    /// Longer descriptions, in bytes, are rendered on threads of their own: they take milliseconds.
    private static let longDescription = 16 << 10

    let registry: RegistryServices
    let readme: ReadmeRenderer
    let templates: PageTemplates

    /// Returns the page of a project, or of one of its releases; leads to the normalized name from any other spelling.
    ///
    /// - Parameters:
    ///   - index: The index's name as it is in the address.
    ///   - name: The project's name as it is in the address.
    ///   - version: The version as it is in the address; nil for none.
    ///   - visit: What it answers.
    /// - Returns: The page.
    /// - Throws: As `ProjectDetails.detail`.
    func response(index: String, name: String, version: String?, visit: PageVisit) async throws -> Response {
        guard let index = IndexName(index), let project = NormalizedName(Self.decoded(name)) else {
            throw RegistryError(.notFound, "There is no project of this name.")
        }
        var shown: Version?
        if let version {
            guard let parsed = Version(Self.decoded(version)) else {
                throw RegistryError(.notFound, "This is not a version: \(ShownText.quoted(Self.decoded(version))).")
            }
            shown = parsed
        }
        let address = ProjectAddress(project, version: shown, in: index)
        // The address that all links have, with its last slash: those on the page are relative to it.
        let path = visit.place?.path
        if let path, path != "/" + address.path, path != "/main/" + address.path {
            return Layout.redirect(to: .front, query: address.path, from: visit)
        }
        let detail = try await registry.details.detail(of: project, version: shown, in: index, caller: visit.caller)
        let users = try await registry.dependents.dependents(
            of: project, in: index, limit: Self.mostUsers, caller: visit.caller)
        let downloads = try await registry.downloadStatistics.downloads(of: project, in: index, caller: visit.caller)
        let model = ProjectModel(
            detail, readme: await rendered(detail.metadata), users: users, downloads: downloads,
            isOfVersion: version != nil, visit: visit)
        return templates.response(
            model, "project", to: visit, keeping: .unchanged, images: readme.images == .loaded ? .anySite : .own)
    }

    private func rendered(_ metadata: CoreMetadata?) async -> ReadmeRenderer.Rendered? {
        guard let metadata, let description = metadata.description else { return nil }
        let type = metadata.descriptionContentType
        guard description.utf8.count > Self.longDescription else {
            return readme.render(description, contentType: type)
        }
        return await withTaskExecutorPreference(registry.uploadThreads) {
            readme.render(description, contentType: type)
        }
    }

    private static func decoded(_ segment: String) -> String {
        PercentCoding.decode(Array(segment.utf8)).map { String(decoding: $0, as: UTF8.self) } ?? segment
    }
}
