/// What somebody may be allowed to do in an index or with a project.
public enum Right: String, Sendable, CaseIterable {
    /// See the project and download its files.
    case read
    /// Publish files and yank releases.
    case write
    /// Publish the first file of a project that does not exist yet.
    case create
    /// Publish under a name of which this server keeps an upstream's files, and give names back.
    case claim
    /// Replace a published file, where the index allows it at all.
    case overwrite
    /// Delete files and releases.
    case delete
    /// Make the server fetch and keep an upstream's file by downloading it.
    case cacheUpdate = "cache_update"
    /// Change a project's status, purge, and everything else.
    case administer
}
