import NIOPosix
import Registry

/// What `cellar prefetch` fetches.
public struct PrefetchRequest: Sendable {
    /// Requirements and lock files.
    public var files: [String]
    public var index: String
    /// Words in the platform tags of wheels; empty for all.
    public var platforms: [String]
    /// Python tags of wheels; empty for all.
    public var pythons: [String]

    public init(files: [String], index: String, platforms: [String] = [], pythons: [String] = []) {
        self.files = files
        self.index = index
        self.platforms = platforms
        self.pythons = pythons
    }
}

extension Installation {
    /// Fetches what requirements and lock files list, and keeps it. Throws `.failed` if something cannot be fetched.
    public func prefetch(_ request: PrefetchRequest) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let list = try await NIOThreadPool.singleton.runIfActive { PrefetchList(files: request.files) }
            for text in list.skipped { console.notify("Not fetched: \(text).") }
            let report = try await using { parts in
                let index = try Self.index(request.index, in: parts)
                try await parts.registry.start()
                return try await Prefetcher(
                    registry: parts.registry, index: index,
                    filter: WheelFilter(platforms: request.platforms, pythons: request.pythons),
                    onProgress: show
                ).run(list.items)
            }
            console.progress("")
            for note in report.notes.sorted() { console.notify("\(note).") }
            try conclude(report, failures: list.failures + report.failures.sorted())
        }
    }

    private func conclude(_ report: Prefetcher.Report, failures: [String]) throws {
        for failure in failures { console.notify("Not fetched: \(failure)") }
        console.print(
            "\(report.fetched) files fetched (\(ByteCount(report.bytes))), \(report.kept) were cached already.")
        guard failures.isEmpty else {
            let count = failures.count == 1 ? "1 thing" : "\(failures.count) things"
            throw CommandFailure(.failed, "\(count) could not be fetched.")
        }
    }

    private func show(_ progress: Prefetcher.Progress) {
        guard console.showsProgress else {
            let state = progress.isKept ? "cached" : "could not be fetched"
            return console.notify("\(progress.done)/\(progress.total) \(progress.filename): \(state)")
        }
        let width = 24
        let filled = progress.total == 0 ? width : progress.done * width / progress.total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        console.progress(
            "[\(bar)] \(progress.done)/\(progress.total) files, \(ByteCount(progress.bytes))  \(progress.filename)")
    }
}
