public import PackagingStandards

/// Says what the server answered, for administrators.
public struct ServerStatistics: Sendable {
    let permissions: Permissions
    let database: any StatisticsDatabase
    let clock: WallClock

    /// Returns what was answered in the last days, today included, by all servers on the database. What was answered in the
    /// last half minute may be missing.
    ///
    /// - Parameters:
    ///   - days: How many days, from 1 to ``DownloadStatistics/daysKept``.
    ///   - limit: The most projects.
    ///   - caller: Who asks.
    /// - Returns: What was answered by day and kind, and the most downloaded projects.
    /// - Throws: `.forbidden` and `.authenticationRequired` for all but administrators.
    public func report(days: Int64 = 30, limit: Int = 20, caller: Caller) async throws -> ServerReport {
        try permissions.requireAdministrator(caller, to: "see the statistics of the server")
        let today = UTCDay(clock.now())
        let first = today.adding(days: 1 - max(1, min(days, DownloadStatistics.daysKept)))
        return ServerReport(
            from: first, through: today, traffic: try await database.traffic(since: first),
            downloads: try await database.downloadsByDay(since: first),
            projects: try await database.mostDownloaded(from: first, through: today, limit: limit))
    }

    /// Returns the projects with the most downloads on a day.
    ///
    /// Throws as `report` does.
    public func mostDownloaded(on day: UTCDay, limit: Int = 20, caller: Caller) async throws -> [ProjectDownloadCount] {
        try permissions.requireAdministrator(caller, to: "see the statistics of the server")
        return try await database.mostDownloaded(from: day, through: day, limit: limit)
    }
}

/// What the server answered in some days.
public struct ServerReport: Sendable, Hashable {
    /// What was answered on a day.
    public struct Day: Sendable, Hashable {
        public let day: UTCDay
        public let traffic: Traffic
        /// Downloads of files.
        public let downloads: Int64
    }

    /// What was answered to one kind of requests.
    public struct Kind: Sendable, Hashable {
        /// As `/metrics` calls the route, such as `simple-project`.
        public let name: String
        public let traffic: Traffic
    }

    /// Every day, also those without requests, the oldest first.
    public let days: [Day]
    /// The kind with the most requests first.
    public let kinds: [Kind]
    public let total: Traffic
    public let downloads: Int64
    /// The most downloaded first.
    public let projects: [ProjectDownloadCount]

    init(
        from first: UTCDay, through last: UTCDay, traffic: [DailyTraffic], downloads: [UTCDay: Int64],
        projects: [ProjectDownloadCount]
    ) {
        var byDay: [UTCDay: Traffic] = [:]
        var byKind: [String: Traffic] = [:]
        for line in traffic where line.day >= first && line.day <= last {
            byDay[line.day] = (byDay[line.day] ?? Traffic()) + line.traffic
            byKind[line.kind] = (byKind[line.kind] ?? Traffic()) + line.traffic
        }
        days = (first.number...last.number).map { number in
            let day = UTCDay(number: number)
            return Day(day: day, traffic: byDay[day] ?? Traffic(), downloads: downloads[day] ?? 0)
        }
        kinds = byKind.map { Kind(name: $0.key, traffic: $0.value) }
            .sorted { ($1.traffic.requests, $0.name) < ($0.traffic.requests, $1.name) }
        total = days.reduce(Traffic()) { $0 + $1.traffic }
        self.downloads = days.reduce(0) { $0 + $1.downloads }
        self.projects = projects
    }
}
