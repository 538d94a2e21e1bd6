import Glibc
import LocalFiles
import Logging
import NIOPosix
import Registry
import ServerConfiguration
import UpstreamHTTP

extension Installation {
    /// Shows the configuration as it took effect and checks the upstreams, database, storage, spool, and that storage
    /// holds what the database names: its size, and with `deep` also its digest. Throws `.failed` if anything is
    /// wrong.
    public func check(deep: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let configuration = try configuration()
            console.print(configuration.describe())
            var problems = try await checkUpstreams(configuration)
            problems += try await checkOutside(configuration)
            let hasData = adapters.database != nil || Self.exists(configuration.database)
            if hasData { problems += try await using { parts in try await check(parts, deep: deep) } }
            guard problems == 0 else {
                let count = problems == 1 ? "a problem" : "\(problems) problems"
                throw CommandFailure(.failed, "The check found \(count).")
            }
            console.print(
                hasData
                    ? "All is well."
                    : """
                    There is no data yet: the first `cellar serve` makes the database. This looked in \(place.folder); \
                    --config FILE names another configuration.
                    """)
        }
    }

    /// Asks each upstream that an index names, with its credentials, but for no project.
    private func checkUpstreams(_ configuration: ServerConfiguration) async throws -> Int {
        let upstreams = try await Upstreams.open(
            configuration, environment: environment, threads: .singleton, metrics: UpstreamMetrics(),
            logger: Logger(label: "cellar", factory: { _ in SwiftLogNoOpLogHandler() }))
        var problems = 0
        for upstream in upstreams.all {
            problems += await attempt("Upstream \(upstream.id)") { try await upstream.check() }
        }
        await upstreams.shutdown()
        return problems
    }

    /// Looks whether the directory, or the authenticator, answers.
    private func checkOutside(_ configuration: ServerConfiguration) async throws -> Int {
        let logger = Logger(label: "cellar", factory: { _ in SwiftLogNoOpLogHandler() })
        guard let outside = try await Outside.open(configuration, threads: .singleton, logger: logger) else { return 0 }
        let problems = await attempt(outside.name) { try await outside.check() }
        await outside.shutdown()
        return problems
    }

    private func check(_ parts: Parts, deep: Bool) async throws -> Int {
        var problems = 0
        let health = try await parts.database.check()
        report("Database", isWell: health.isHealthy, health.details)
        if !health.isHealthy { problems += 1 }
        problems += await attempt("Storage") { try await parts.storage.check() }
        problems += await attempt("Spool") { try await Health.check(parts.spool) }
        let tie = try await Health.tieProblem(parts.database, parts.storage)
        if let tie {
            report("Installation", isWell: false, [tie])
            problems += 1
        }
        try await reportServers(parts)
        let console = self.console
        let files = try await FileCheck(parts: parts, isDeep: deep, progress: console.progress) { problem in
            console.progress("")
            console.print("  \(problem)")
        }.run()
        console.progress("")
        report(
            "Files", isWell: files.problems == 0,
            ["\(files.files) files of \(files.projects) projects, \(ByteCount(files.bytes))"])
        return problems + files.problems
    }

    /// Names the servers at work, and those whose configuration is not this one: that is no damage, and may be meant.
    private func reportServers(_ parts: Parts) async throws {
        let replicas = try await parts.database.replicas().map(\.description)
        guard !replicas.isEmpty else { return }
        let own = parts.configuration.fingerprint(key: try await parts.database.installationID())
        let lines = replicas.map { replica in
            let difference = replica.configuration == own ? "" : ", with a different configuration than this command"
            return "\(replica.name) (\(replica.version))\(difference)"
        }
        report("Servers", isWell: true, ["\(replicas.count) at work"] + lines)
    }

    private func attempt(_ thing: String, _ work: () async throws -> Void) async -> Int {
        do {
            try await work()
            report(thing, isWell: true, [])
            return 0
        } catch {
            report(thing, isWell: false, [CommandFailure(error).message])
            return 1
        }
    }

    private func report(_ thing: String, isWell: Bool, _ details: [String]) {
        let standing = isWell ? "ok" : "WRONG"
        let first = details.first.map { standing.padding(to: 7) + $0 } ?? standing
        console.print((thing + ":").padding(to: 14) + first)
        for detail in details.dropFirst() { console.print("".padding(to: 21) + detail) }
    }

    private static func exists(_ database: DatabaseLocation) -> Bool {
        switch database {
        case .sqlite(let path): access(path, F_OK) == 0
        case .postgresql: true
        }
    }
}
