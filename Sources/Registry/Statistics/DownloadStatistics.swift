public import PackagingStandards

/// Says how often files were downloaded.
public struct DownloadStatistics: Sendable {
    /// How many days are kept.
    public static let daysKept: Int64 = 800

    let rights: ProjectRights
    let database: any StatisticsDatabase
    let clock: WallClock

    /// Returns the downloads of a project's files out of an index in the last days, today included.
    ///
    /// What was downloaded in the last half minute may be missing. A project that does not exist has none, and so has one
    /// that the caller may not read.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - index: The index that has its files.
    ///   - days: How many days, from 1 to ``daysKept``.
    ///   - caller: Who asks.
    /// - Returns: The downloads by day, version and file.
    /// - Throws: What `Permissions.requireRead` does for the index.
    public func downloads(
        of project: NormalizedName, in index: IndexName, days: Int64 = 30, caller: Caller
    ) async throws -> ProjectDownloads {
        let settings = try rights.permissions.requireRead(caller, in: index)
        let isHidden = !rights.permissions.may(.read, project, in: settings, caller)
        let today = UTCDay(clock.now())
        let first = today.adding(days: 1 - max(1, min(days, Self.daysKept)))
        // Looked up in any case, so that the time does not tell a hidden project from one that is not there.
        var counts = try await database.downloads(of: project, in: index, since: first)
        var last = try await database.lastDownloads(of: project, in: index)
        if isHidden { (counts, last) = ([], [:]) }
        return ProjectDownloads(project: project, from: first, through: today, counts: counts, last: last)
    }
}

/// The downloads of a project's files in some days.
public struct ProjectDownloads: Sendable, Hashable {
    /// The downloads on a day.
    public struct Day: Sendable, Hashable {
        public let day: UTCDay
        public let count: Int64
    }

    /// The downloads of a version's files.
    public struct VersionDownloads: Sendable, Hashable {
        public let version: Version
        public let count: Int64
        /// By day, as in `days`.
        public let days: [Int64]
    }

    /// The downloads of a file.
    public struct FileDownloads: Sendable, Hashable {
        public let filename: String
        public let count: Int64
        /// When it was last downloaded, if that is known; also before these days.
        public let lastAt: Timestamp?
    }

    /// Every day, also those without downloads, the oldest first.
    public let days: [Day]
    /// The version with the most downloads first.
    public let versions: [VersionDownloads]
    /// By name.
    public let files: [FileDownloads]
    public let count: Int64
    /// When any file was last downloaded; nil if that is not known.
    public let lastAt: Timestamp?

    init(
        project: NormalizedName, from first: UTCDay, through last: UTCDay, counts: [DailyDownloads],
        last lastDownloads: [String: Timestamp]
    ) {
        let length = Int(last.number - first.number) + 1
        var byDay = [Int64](repeating: 0, count: length)
        var byVersion: [Version: [Int64]] = [:]
        var byFile: [String: Int64] = [:]
        for count in counts where count.day >= first && count.day <= last {
            let place = Int(count.day.number - first.number)
            byDay[place] += count.count
            byFile[count.filename, default: 0] += count.count
            guard let version = DistributionFilename(count.filename, project: project)?.version else { continue }
            byVersion[version, default: [Int64](repeating: 0, count: length)][place] += count.count
        }
        days = byDay.enumerated().map { Day(day: first.adding(days: Int64($0.offset)), count: $0.element) }
        versions = byVersion.map { VersionDownloads(version: $0.key, count: $0.value.reduce(0, +), days: $0.value) }
            .sorted { ($1.count, $1.version) < ($0.count, $0.version) }
        files = Set(byFile.keys).union(lastDownloads.keys).sorted().map {
            FileDownloads(filename: $0, count: byFile[$0] ?? 0, lastAt: lastDownloads[$0])
        }
        count = byDay.reduce(0, +)
        lastAt = lastDownloads.values.max()
    }
}
