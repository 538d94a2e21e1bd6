import NIOCore
import Registry

extension Installation {
    /// Rebuilds the projects, releases and files of the database from what storage holds, or adds what it lacks.
    public func rebuild(addsOnly: Bool = false) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let console = self.console
            let done = try await using(.exclusive) { parts in
                try await Self.checkRebuild(parts)
                let done = try await parts.registry.rebuilding.rebuild(
                    addsOnly: addsOnly, isAlone: InstallationLock.excludesAll(parts.configuration, adapters)
                ) { progress in
                    console.progress("\(progress.manifests) manifests read, \(progress.files) files found")
                }
                try await parts.registry.start()
                return done
            }
            console.progress("")
            Self.notify(oversized: done.oversized, unreadable: done.unreadable, to: console)
            console.notify(
                """
                \(addsOnly ? "Completed" : "Rebuilt") the database: \(done.projects) projects and \(done.files) files from \(done.manifests) \
                manifests. People and rights stay as they were. The next sweep awaits `cellar sweep --confirm`.
                """)
        }
    }

    /// Removes from storage what nothing has named for an age: `24h`, `90m`, `7d` or `0`.
    ///
    /// A dry run only prints what would be removed. After a rebuild, somebody must confirm that sweeping is safe.
    public func sweep(olderThan age: String, isDryRun: Bool, isConfirmed: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            guard let microseconds = SweepAge(age)?.microseconds else {
                throw CommandFailure(.usage, "\(age) is not an age: write it as 24h, 90m, 7d or 0.")
            }
            let console = self.console
            let report = try await using { parts in
                try await parts.registry.start()
                return try await parts.registry.sweeping.sweep(
                    age: microseconds, isDryRun: isDryRun, isConfirmed: isConfirmed
                ) { report in
                    console.progress("\(report.looked) files looked at, \(report.unnamed) that nothing names")
                }
            }
            console.progress("")
            Self.notify(oversized: report.oversized, unreadable: [], to: console)
            console.print(Self.describe(report, age: age, isDryRun: isDryRun))
        }
    }

    /// Throws if a rebuild would destroy what it should save.
    private static func checkRebuild(_ parts: Parts) async throws {
        guard let stored = try await parts.storage.get(.installation, limit: 256).map({ String(buffer: $0) }) else {
            throw CommandFailure(
                .failed, "The storage is empty: there is nothing to rebuild from. Check [storage] url.")
        }
        guard try await !parts.database.isEmpty() else { return }
        let known = try await parts.database.installationID()
        guard known == stored else {
            throw CommandFailure(
                .failed,
                """
                The database belongs to installation \(known), and the storage to installation \(stored): a rebuild \
                would destroy the database. Check [storage] url and [database] url.
                """)
        }
    }

    /// Names manifests that are larger than any that is written today.
    private static func notify(oversized: [StorageKey], unreadable: [StorageKey], to console: Console) {
        for key in oversized where !unreadable.contains(key) {
            console.notify("The manifest \(key) is larger than usual: texts in it that are too long were left out.")
        }
        for key in unreadable {
            console.notify("The manifest \(key) is too large to be read: its file is not in the database.")
        }
    }

    private static func describe(_ report: SweepReport, age: String, isDryRun: Bool) -> String {
        let waiting = report.unnamed - report.removed - report.namedByManifest
        var lines = ["\(report.looked) files looked at, \(report.unnamed) that the database does not name."]
        if isDryRun {
            lines.append("\(report.removed) would be removed (\(ByteCount(report.removedBytes))).")
        } else {
            lines.append("\(report.removed) removed (\(ByteCount(report.removedBytes))).")
        }
        if waiting > 0 { lines.append("\(waiting) are marked, and are removed by a sweep once that is \(age) ago.") }
        if report.namedByManifest > 0 {
            lines.append(
                """
                \(report.namedByManifest) stay, since a manifest names them: the database may be the one that is \
                wrong (`cellar check`).
                """)
        }
        return lines.joined(separator: "\n")
    }
}
