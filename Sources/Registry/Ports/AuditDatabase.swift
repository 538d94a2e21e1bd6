public import PackagingStandards

/// The role of the database that records who changed what.
///
/// Lines are only ever added, each in the transaction of its change, and their ids rise in the order of the commits.
public protocol AuditDatabase: Sendable {
    /// Returns the lines of the audit that a query asks for, newest first.
    func audit(_ query: AuditQuery) async throws -> [AuditLine]

    /// Adds a line for each kind of refused requests.
    func record(_ refused: [RefusedRequests]) async throws

    /// Claims the lines that a receiver has not taken yet, oldest first, for `AuditLease.duration`: another process gets
    /// none meanwhile.
    ///
    /// - Parameters:
    ///   - receiver: The name of the receiver; a new one begins with the first line.
    ///   - limit: The most lines.
    ///   - now: The time.
    /// - Returns: The lines; none if there are none, or another process has claimed them.
    /// - Throws: `.unavailable` if the database cannot be written now.
    func claimAudit(for receiver: String, limit: Int, now: Timestamp) async throws -> [AuditLine]

    /// Ends this process's claim; with the id of a line, also notes that the receiver has taken the lines up to it. Does
    /// nothing if another process has claimed them since.
    func completeAudit(for receiver: String, through id: Int64?) async throws
}

extension AuditDatabase {
    /// Returns the newest lines of the audit, or the newest before one, newest first.
    public func audit(limit: Int, before id: Int64?) async throws -> [AuditLine] {
        try await audit(AuditQuery(limit: limit, before: id))
    }
}

/// How long a process that passes lines of the audit on keeps others from doing the same.
public enum AuditLease {
    /// Microseconds.
    public static let duration: Int64 = 30_000_000
}

/// Which lines of the audit somebody wants; nil means any.
public struct AuditQuery: Sendable, Hashable {
    /// The most lines.
    public var limit: Int
    /// Only lines with a smaller id.
    public var before: Int64?
    /// Only lines of this moment or later.
    public var since: Timestamp?
    /// Only lines before this moment.
    public var until: Timestamp?
    /// The name of who did it.
    public var actor: String?
    /// What was done, such as `file.publish`, or the word before the period for all such, such as `file`.
    public var action: String?
    public var index: IndexName?
    public var project: NormalizedName?
    /// The IP address that it came from.
    public var address: String?
    /// Only lines about the account of this name: by whom, or on whom as a user.
    public var account: String?

    public init(
        limit: Int, before: Int64? = nil, since: Timestamp? = nil, until: Timestamp? = nil, actor: String? = nil,
        action: String? = nil, index: IndexName? = nil, project: NormalizedName? = nil, address: String? = nil,
        account: String? = nil
    ) {
        self.limit = limit
        self.before = before
        self.since = since
        self.until = until
        self.actor = actor
        self.action = action
        self.index = index
        self.project = project
        self.address = address
        self.account = account
    }
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
    /// A file name, version, user name or digest; of refused requests, the method and the kind of address.
    public let subject: String?
    public let detail: String?
    /// The token with which it was done; nil for none.
    public let token: TokenMark?
    /// What the client sent behind a `+` after the user name.
    public let tag: String?
    /// Where it came from.
    public let origin: ChangeOrigin
    /// How many refused requests the line stands for; 1 for every change.
    public let times: Int64

    public init(
        id: Int64, at: Timestamp, actor: String, action: String, index: String?, project: String?, subject: String?,
        detail: String?, token: TokenMark? = nil, tag: String? = nil, origin: ChangeOrigin = .server, times: Int64 = 1
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.action = action
        self.index = index
        self.project = project
        self.subject = subject
        self.detail = detail
        self.token = token
        self.tag = tag
        self.origin = origin
        self.times = times
    }
}

/// Refused requests of one kind from one source within a minute, which are one line of the audit.
public struct RefusedRequests: Sendable, Hashable {
    /// When the first of them came.
    public let at: Timestamp
    /// Who sent them, or said so: a name that nothing has proved, if it was a login.
    public let actor: String
    /// `login.refuse` or `change.refuse`.
    public let action: String
    /// The method and the kind of address, such as `POST upload`.
    public let subject: String
    /// Why they were refused.
    public let detail: String
    public let address: String?
    public let count: Int64

    public init(
        at: Timestamp, actor: String, action: String, subject: String, detail: String, address: String?, count: Int64
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.detail = detail
        self.address = address
        self.count = count
    }
}
