public import PackagingStandards

/// The role of the database that keeps how often files were downloaded and what the server answered, by day.
///
/// Days are days in UTC. What is older than ``DownloadStatistics/daysKept`` days is forgotten.
public protocol StatisticsDatabase: Sendable {
    /// Adds downloads of files to the counts by day, and moves the moments of their last ones forward.
    ///
    /// Counts of projects that the index does not have (any more) are dropped. Several processes may add to one count.
    func recordDownloads(_ downloads: [DownloadCount]) async throws

    /// Returns the downloads of a project in an index, by day and file, from a day on; empty if the index does not have it.
    func downloads(
        of project: NormalizedName, in index: IndexName, since day: UTCDay
    ) async throws -> [DailyDownloads]

    /// Returns the moments of the last downloads of a project's listed files, by file name.
    func lastDownloads(of project: NormalizedName, in index: IndexName) async throws -> [String: Timestamp]

    /// Returns the projects with the most downloads from a day to another one, both included, the most first.
    func mostDownloaded(from first: UTCDay, through last: UTCDay, limit: Int) async throws -> [ProjectDownloadCount]

    /// Returns the downloads of all projects by day, from a day on; days without any are left out.
    func downloadsByDay(since day: UTCDay) async throws -> [UTCDay: Int64]

    /// Adds what was answered to the counts by day and kind.
    func record(_ traffic: [DailyTraffic]) async throws

    /// Returns what was answered by day and kind, from a day on, in their order.
    func traffic(since day: UTCDay) async throws -> [DailyTraffic]

    /// Forgets what was counted before a day.
    func forgetStatistics(before day: UTCDay) async throws
}

/// Downloads of a file on a day that are to be added to its count.
public struct DownloadCount: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let filename: String
    public let day: UTCDay
    /// Whole downloads; 0 if only parts were read.
    public let count: Int64
    public let lastAt: Timestamp

    public init(
        index: IndexName, project: NormalizedName, filename: String, day: UTCDay? = nil, count: Int64, lastAt: Timestamp
    ) {
        self.index = index
        self.project = project
        self.filename = filename
        self.day = day ?? UTCDay(lastAt)
        self.count = count
        self.lastAt = lastAt
    }
}

/// The downloads of a file on a day.
public struct DailyDownloads: Sendable, Hashable {
    public let day: UTCDay
    public let filename: String
    public let count: Int64

    public init(day: UTCDay, filename: String, count: Int64) {
        self.day = day
        self.filename = filename
        self.count = count
    }
}

/// The downloads of a project.
public struct ProjectDownloadCount: Sendable, Hashable {
    public let index: IndexName
    public let project: NormalizedName
    public let origin: ProjectOrigin
    public let count: Int64

    public init(index: IndexName, project: NormalizedName, origin: ProjectOrigin, count: Int64) {
        self.index = index
        self.project = project
        self.origin = origin
        self.count = count
    }
}

/// What was answered to one kind of requests on a day.
public struct DailyTraffic: Sendable, Hashable {
    public let day: UTCDay
    /// As `/metrics` calls the route, such as `simple-project`.
    public let kind: String
    public var traffic: Traffic

    public init(day: UTCDay, kind: String, traffic: Traffic) {
        self.day = day
        self.kind = kind
        self.traffic = traffic
    }
}

/// Requests, and what was sent to them.
public struct Traffic: Sendable, Hashable {
    /// Answered requests.
    public var requests: Int64
    /// Those that were answered with a status of 500 or more.
    public var failures: Int64
    /// Those that were answered at once, from memory or an open file.
    public var hits: Int64
    /// Bytes of bodies sent.
    public var bytes: Int64

    public init(requests: Int64 = 0, failures: Int64 = 0, hits: Int64 = 0, bytes: Int64 = 0) {
        self.requests = requests
        self.failures = failures
        self.hits = hits
        self.bytes = bytes
    }

    public static func + (left: Traffic, right: Traffic) -> Traffic {
        Traffic(
            requests: left.requests + right.requests, failures: left.failures + right.failures,
            hits: left.hits + right.hits, bytes: left.bytes + right.bytes)
    }

    public static func - (left: Traffic, right: Traffic) -> Traffic {
        Traffic(
            requests: left.requests - right.requests, failures: left.failures - right.failures,
            hits: left.hits - right.hits, bytes: left.bytes - right.bytes)
    }

    public var isEmpty: Bool { self == Traffic() }
}
