public import PackagingStandards

/// All that a rendered page depends on, but for the content that a change makes again.
public struct PageKey: Hashable, Sendable {
    /// What a page is about.
    public enum Subject: Hashable, Sendable {
        /// The list of the projects that callers of one permission set may read.
        case projectList(PermissionSet)
        case project(NormalizedName)
        /// The JSON API's page of a project, or of one version of it in its canonical form, with links that begin with
        /// the index's absolute address.
        case projectJSON(NormalizedName, version: String?, indexURL: String)

        /// The project that the page is about; nil for a list of projects.
        var project: NormalizedName? {
            switch self {
            case .projectList: nil
            case .project(let name), .projectJSON(let name, _, _): name
            }
        }
    }

    /// How a page is written.
    public enum Form: Hashable, Sendable {
        case json
        case html
    }

    public let index: IndexName
    public let subject: Subject
    public let form: Form
    /// What sets the caller apart from others who see another page; set by the registry.
    var view = CallerView.everything

    public init(index: IndexName, subject: Subject, form: Form) {
        self.index = index
        self.subject = subject
        self.form = form
    }

    /// The key of the page that callers of a view see.
    func seen(by view: CallerView) -> PageKey {
        var key = self
        key.view = view
        return key
    }
}

/// What sets the project lists of two callers apart.
///
/// While no project has grants of its own, whoever may read an index may read all of it.
public enum PermissionSet: Hashable, Sendable {
    case wholeIndex
}
