import PackagingStandards
import Registry

/// Fetches the files of a list through an index, as downloads by a client would, and keeps them there.
struct Prefetcher: Sendable {
    /// The progress.
    struct Progress: Sendable {
        let done: Int
        let total: Int
        /// Bytes that were fetched so far.
        let bytes: Int64
        /// The file that has just been finished, and whether that went well.
        let filename: String
        let isKept: Bool
    }

    struct Report: Sendable {
        /// Files that were fetched.
        var fetched = 0
        /// Bytes of those.
        var bytes: Int64 = 0
        /// Files that were cached already.
        var kept = 0
        /// What was chosen if the list left it open.
        var notes: [String] = []
        /// What could not be fetched, and why.
        var failures: [String] = []
    }

    /// Projects and files that are asked for at once.
    private static let concurrency = 4

    let registry: RegistryServices
    let index: IndexName
    let filter: WheelFilter
    let onProgress: @Sendable (Progress) -> Void

    /// Fetches what a list wants; the report says what cannot be fetched.
    func run(_ items: [PrefetchList.Item]) async throws -> Report {
        var report = Report()
        let wanted = try await choose(items, &report)
        try await fetch(wanted, &report)
        return report
    }

    // MARK: Choosing

    private struct Wanted: Sendable {
        let entry: FileListing
        let sha256: SHA256Digest?
    }

    private func choose(_ items: [PrefetchList.Item], _ report: inout Report) async throws -> [Wanted] {
        let projects = Dictionary(grouping: items, by: \.project).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var wanted: [FileAddress: Wanted] = [:]
        try await Self.atOnce(projects) { project, items in
            await (project, items, Result { try await ProjectFiles(of: project, in: index, from: registry) })
        } take: { project, items, files in
            switch files {
            case .success(let files):
                for item in items {
                    let choice = files.choose(item.selection, filter)
                    if let note = choice.note { report.notes.append("\(note) (\(item.place))") }
                    report.failures += choice.failures.map { "\($0) (\(item.place))" }
                    for (entry, sha256) in choice.wanted {
                        let known = wanted[entry.address]?.sha256
                        wanted[entry.address] = Wanted(entry: entry, sha256: sha256 ?? known)
                    }
                }
            case .failure(let error):
                report.failures.append("\(project): \(CommandFailure(error).message) (\(items[0].place))")
            }
        }
        return wanted.values.sorted { $0.entry.file.filename < $1.entry.file.filename }
    }

    // MARK: Fetching

    private func fetch(_ wanted: [Wanted], _ report: inout Report) async throws {
        let total = wanted.count
        var done = 0
        try await Self.atOnce(wanted.map { ($0, ()) }) { wanted, _ in
            await (wanted, (), Result { try await fetch(wanted) })
        } take: { wanted, _, outcome in
            done += 1
            var isKept = true
            switch outcome {
            case .success(let bytes?):
                report.fetched += 1
                report.bytes += bytes
            case .success(nil):
                report.kept += 1
            case .failure(let error):
                isKept = false
                report.failures.append("\(wanted.entry.file.filename): \(CommandFailure(error).message)")
            }
            onProgress(
                Progress(
                    done: done, total: total, bytes: report.bytes, filename: wanted.entry.file.filename,
                    isKept: isKept))
        }
    }

    /// Fetches a file and its core metadata. Returns how many bytes were fetched, or nil if it was cached already.
    private func fetch(_ wanted: Wanted) async throws -> Int64? {
        let address = wanted.entry.address
        var entry = try await registry.downloads.file(at: address, caller: .localOperator)
        var fetched: Int64?
        if case .offered(let offered) = entry.contents {
            try await offered.keep()
            entry = try await registry.downloads.file(at: address, caller: .localOperator)
            if case .offered = entry.contents {
                throw CommandFailure(.failed, "it was fetched and could not be kept: the warning says why")
            }
            fetched = entry.size
        }
        // The digest is the entity tag of a cached file.
        if let expected = wanted.sha256, let tag = entry.entityTag, tag != "\"\(expected)\"" {
            throw CommandFailure(.failed, "its SHA-256 is \(tag), and \(expected) in the lock file")
        }
        if case .wheel = wanted.entry.name {
            do {
                _ = try await registry.downloads.file(at: address, isMetadata: true, caller: .localOperator)
            } catch let error as RegistryError where error.code == .notFound {
                // A wheel whose metadata cannot be read is installed without them.
            }
        }
        return fetched
    }

    // MARK: Several at once

    /// Does some work on each item, a few at once, and takes the results one after the other.
    private static func atOnce<Key: Sendable, Item: Sendable, Value: Sendable>(
        _ items: [(Key, Item)], work: @escaping @Sendable (Key, Item) async -> (Key, Item, Value),
        take: (Key, Item, Value) -> Void
    ) async throws {
        await withTaskGroup(of: (Key, Item, Value).self) { group in
            var waiting = items[...]
            for (key, item) in waiting.prefix(concurrency) { group.addTask { await work(key, item) } }
            waiting = waiting.dropFirst(concurrency)
            for await (key, item, value) in group {
                take(key, item, value)
                if let (key, item) = waiting.popFirst() { group.addTask { await work(key, item) } }
            }
        }
        try Task.checkCancellation()
    }
}

extension Result where Failure == any Error {
    /// Runs some work and takes its outcome.
    fileprivate init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
