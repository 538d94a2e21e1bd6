import PackagingStandards
import Registry

/// What the page of a project shows.
struct ProjectModel {
    struct Row {
        let version: String
        let path: String
        let isShown: Bool
        let moment: String?
        let date: String?
        let tags: [Tag]
        let reasons: [String]
        let files: String
        let size: String
        let downloads: String
    }

    struct File {
        let name: String
        let link: String?
        let isListed: Bool
        let kind: String?
        let size: String?
        let moment: String?
        let date: String?
        let uploader: String?
        let requiresPython: String?
        let digests: [SimpleFile.Digest]
        let tags: [Tag]
        let reasons: [String]
        let downloads: String?
        let provenance: String?
        let metadata: String?
    }

    struct Link {
        let label: String
        let address: String
        let tag: Tag
    }

    struct Requirements {
        struct Requirement {
            let name: String
            let rest: String?
            let marker: String?
            let path: String?
        }

        let extra: String?
        let requirements: [Requirement]
    }

    struct User {
        let name: String
        let path: String
        let requirement: String
        let version: String
        let index: String
        let isOptional: Bool
    }

    struct Fact {
        let label: String
        let values: [String]
    }

    struct Install {
        let client: String
        let id: String
        let command: String
        let isFirst: Bool
    }

    let title: String
    let name: String
    let version: String?
    let isOld: Bool
    let summary: String?
    let index: String
    let projectPath: String
    let tags: [Tag]
    let notices: [String]
    let install: [Install]
    /// HTML.
    let readme: String?
    let readmeNote: String?
    let rows: [Row]
    let hasRows: Bool
    let fields: [FileFilter.Field]
    let isFiltered: Bool
    let files: [File]
    let fileCount: String
    let requirements: [Requirements]
    let users: [User]
    let userCount: String
    let isUserCountCut: Bool
    let known: [Fact]
    let verified: [Fact]
    let claimed: [Fact]
    let links: [Link]
    let classifiers: [String]
    let why: [String]
    let command: String
    let writers: [Fact]
    let provenances: [File]
    let chart: DownloadChart?
    let versionDownloads: [Fact]
    let feed: String
    /// Where owners and administrators manage it; nil for who is not signed in.
    let manage: String?
    /// The page that installers read.
    let simple: String
    let hasRequirements: Bool
    let hasFields: Bool
    let hasWriters: Bool
    let hasVersionDownloads: Bool
    let hasVerified: Bool
    let hasClaimed: Bool
    let hasLinks: Bool
    let hasClassifiers: Bool
}
