public import PackagingStandards

/// A place in the history of changes.
public struct ChangeCursor: Sendable, Hashable {
    /// The last serial seen of each index.
    public var serials: [IndexName: Int64]
    /// The count of changes to people and rights.
    public var accessEpoch: Int64
    /// The count of rebuilds; after one, nothing that was known before holds.
    public var rebuildEpoch: Int64

    public init(serials: [IndexName: Int64], accessEpoch: Int64, rebuildEpoch: Int64 = 0) {
        self.serials = serials
        self.accessEpoch = accessEpoch
        self.rebuildEpoch = rebuildEpoch
    }
}

/// What changed between two places in the history.
public struct ChangeSet: Sendable {
    /// One project of one index.
    public struct ChangedProject: Sendable, Hashable {
        public let index: IndexName
        public let project: NormalizedName

        public init(index: IndexName, project: NormalizedName) {
            self.index = index
            self.project = project
        }
    }

    /// The place after these changes.
    public let cursor: ChangeCursor
    /// The projects that changed.
    public let projects: Set<ChangedProject>
    /// Whether so much changed that all that is cached must go (a rebuild).
    public let everything: Bool

    public init(cursor: ChangeCursor, projects: Set<ChangedProject>, everything: Bool) {
        self.cursor = cursor
        self.projects = projects
        self.everything = everything
    }
}

/// The names of an index's projects.
public struct ProjectListing: Sendable {
    /// A project, and the serial of its last change, which mirrors compare with theirs.
    public struct Project: Sendable, Hashable {
        public let name: NormalizedName
        public let serial: Int64

        public init(name: NormalizedName, serial: Int64) {
            self.name = name
            self.serial = serial
        }
    }

    /// In the order of their names' bytes.
    public let projects: [Project]
    /// The index's last serial.
    public let serial: Int64

    public var names: [NormalizedName] { projects.map(\.name) }

    public init(projects: [Project], serial: Int64) {
        self.projects = projects
        self.serial = serial
    }
}

/// A search among the projects of an index.
public struct ProjectSearch: Sendable {
    public let index: IndexName
    /// Part of a name or a summary; empty for every project.
    public let text: String
    public let limit: Int
    public let offset: Int

    public init(index: IndexName, text: String, limit: Int, offset: Int) {
        self.index = index
        self.text = text
        self.limit = limit
        self.offset = offset
    }
}

/// What is known of a file key and its project.
public struct PublishState: Sendable {
    /// What stands under the file key; a cached file gives way to a published one and counts as none.
    public enum Existing: Sendable, Hashable {
        case none
        /// A listed file, with its name and the digest of its bytes.
        case published(filename: String, sha256: SHA256Digest)
        /// A deleted or purged one, whose name is used up.
        case usedUp(filename: String)
    }

    /// The project; nil where the index does not have it.
    public struct Project: Sendable, Hashable {
        public let origin: ProjectOrigin
        public let status: ProjectStatus

        public init(origin: ProjectOrigin, status: ProjectStatus) {
            self.origin = origin
            self.status = status
        }
    }

    public let project: Project?
    /// The origin that forbids to publish under the name without a claim: some index keeps an upstream's files of it.
    public let foreignOrigin: ProjectOrigin?
    public let existing: Existing

    public init(project: Project?, foreignOrigin: ProjectOrigin? = nil, existing: Existing) {
        self.project = project
        self.foreignOrigin = foreignOrigin
        self.existing = existing
    }
}

/// How a publish ended.
public enum PublishOutcome: Sendable, Hashable {
    /// The file is published at this serial.
    case published(serial: Int64)
    /// The file replaced another, published or cached, at this serial.
    case replaced(serial: Int64)
    /// The file is published at this serial, under a name that was claimed with it; the pruned files.
    case claimed(serial: Int64, pruned: [CachedFile])
    /// The same bytes were published before, under this name.
    case identical(filename: String)
    /// Other bytes stand under this key.
    case exists(filename: String)
    /// The name was deleted or purged and is never used again.
    case usedUp(filename: String)
    /// The project does not exist and may not be made.
    case mayNotCreate
    /// This index, or another one of this server, keeps files of the project from an upstream.
    case foreignOrigin(ProjectOrigin)
    /// The project's status takes no uploads.
    case closed(ProjectStatus)
    /// A sweep is removing the bytes or metadata this very moment: store them again and try again.
    case beingSwept
}

/// Who makes a change, and when.
public struct ChangeAuthor: Sendable, Hashable {
    /// The name that audit and manifests keep.
    public let name: String
    /// The person's id; nil for the server's own commands.
    public let userID: Int64?
    public let at: Timestamp

    public init(name: String, userID: Int64?, at: Timestamp) {
        self.name = name
        self.userID = userID
        self.at = at
    }

    /// The author of a change that a caller makes at a moment.
    init(_ caller: Caller, at moment: Timestamp) {
        let id: Int64? = if case .person(let person) = caller { person.id } else { nil }
        self.init(name: caller.name, userID: id, at: moment)
    }
}

/// One file, or all files of a release.
public struct FileTarget: Sendable, Hashable {
    /// Which files are meant.
    public enum Selection: Sendable, Hashable {
        case file(String)
        case release(Version)
    }

    public let index: IndexName
    public let project: NormalizedName
    public let selection: Selection

    public init(index: IndexName, project: NormalizedName, selection: Selection) {
        self.index = index
        self.project = project
        self.selection = selection
    }
}

/// What a purge found.
public struct PurgeOutcome: Sendable, Hashable {
    /// A file that named the digest.
    public struct File: Sendable, Hashable {
        public let index: IndexName
        public let project: NormalizedName
        public let filename: String

        public init(index: IndexName, project: NormalizedName, filename: String) {
            self.index = index
            self.project = project
            self.filename = filename
        }
    }

    public let files: [File]

    public init(files: [File]) {
        self.files = files
    }
}

/// A line of the audit.
public struct AuditLine: Sendable, Hashable {
    public let id: Int64
    public let at: Timestamp
    public let actor: String
    /// What was done, as `file.publish`, `release.yank`, `user.add`.
    public let action: String
    public let index: String?
    public let project: String?
    /// A file name, version, user name or digest.
    public let subject: String?
    public let detail: String?

    public init(
        id: Int64, at: Timestamp, actor: String, action: String, index: String?, project: String?, subject: String?,
        detail: String?
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.action = action
        self.index = index
        self.project = project
        self.subject = subject
        self.detail = detail
    }
}

/// Something that a transaction promised to do in storage after it.
public struct OutboxEntry: Sendable, Hashable {
    /// What is to be done; each is safe to do again.
    public enum Task: Sendable, Hashable {
        /// Write this text under this key.
        case writeManifest(StorageKey, text: String)
        /// Remove these bytes at once.
        case removeBlob(BlobName)
    }

    public let id: Int64
    public let task: Task

    public init(id: Int64, task: Task) {
        self.id = id
        self.task = task
    }
}

/// What `cellar rebuild` read from the manifests: the highest serial of each file and project.
public struct RebuildContents: Sendable {
    public var projects: [ProjectManifest]
    /// Of every file name its manifest of the highest serial.
    public var files: [FileManifest]
    /// Of every release, by index, project and canonical version, the first published file's manifest.
    public var firstOfReleases: [FileManifest]
    /// Every replaced file that any manifest tells of.
    public var replaced: [FileManifest]
    /// Of every project its exceptions of the highest serial.
    public var exceptions: [ExceptionsManifest]

    public init(
        projects: [ProjectManifest], files: [FileManifest], firstOfReleases: [FileManifest], replaced: [FileManifest],
        exceptions: [ExceptionsManifest] = []
    ) {
        self.projects = projects
        self.files = files
        self.firstOfReleases = firstOfReleases
        self.replaced = replaced
        self.exceptions = exceptions
    }
}

/// What a database says of its health.
public struct DatabaseHealth: Sendable, Hashable {
    public let isHealthy: Bool
    /// Lines for people.
    public let details: [String]

    public init(isHealthy: Bool, details: [String]) {
        self.isHealthy = isHealthy
        self.details = details
    }
}

/// A person as the database keeps them.
public struct UserRecord: Sendable, Hashable {
    public let id: Int64
    public let name: String
    public let passwordHash: String
    /// Counts the passwords that the person has had.
    public let passwordGeneration: Int64
    public let isAdministrator: Bool
    public let groups: Set<String>
    public let createdAt: Timestamp

    public init(
        id: Int64, name: String, passwordHash: String, passwordGeneration: Int64, isAdministrator: Bool,
        groups: Set<String>, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.passwordHash = passwordHash
        self.passwordGeneration = passwordGeneration
        self.isAdministrator = isAdministrator
        self.groups = groups
        self.createdAt = createdAt
    }

    /// The person, as the deciding function needs them.
    public var person: Person {
        Person(id: id, name: name, isAdministrator: isAdministrator, groups: groups)
    }
}
