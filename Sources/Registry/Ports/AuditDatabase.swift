public import PackagingStandards

/// The role of the database that records who changed what.
public protocol AuditDatabase: Sendable {
    /// Returns the newest lines of the audit, newest first.
    func audit(limit: Int, before id: Int64?) async throws -> [AuditLine]
}

/// A line of the audit.
public struct AuditLine: Sendable, Hashable {
    public let id: Int64
    public let at: Timestamp
    public let actor: String
    /// What was done, such as `file.publish`, `release.yank`, `user.add`.
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
