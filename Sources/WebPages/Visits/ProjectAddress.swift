import PackagingStandards
import Registry

/// The address of a project's page.
struct ProjectAddress {
    let index: IndexName
    let project: NormalizedName
    /// The release that is shown; nil for the one that stands for the project.
    var version: Version?

    init(_ project: NormalizedName, version: Version? = nil, in index: IndexName) {
        self.index = index
        self.project = project
        self.version = version
    }

    /// The path without its first slash, so that it stands behind the way to `/`.
    var path: String {
        let start = index == .main ? "projects" : "\(index)/projects"
        return "\(start)/\(project)/" + (version.map { "\($0)/" } ?? "")
    }
}
