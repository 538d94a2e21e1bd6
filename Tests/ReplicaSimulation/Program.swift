import ArgumentParser
import Glibc

/// Runs replicas of Cellar through schedules that seeds decide, and holds them to what they promise (decision 37).
@main
struct ReplicaSimulation: ParsableCommand {
    @Option(help: "How many schedules are run.")
    var schedules = 1000

    @Option(help: "The seed of the first one; each further one has the next.")
    var seed: UInt64 = 1

    @Option(help: "A bug that is put in on purpose: \(Bug.allCases.map(\.rawValue).joined(separator: ", ")).")
    var bug: String?

    @Flag(help: "Tell what happens.")
    var tell = false

    func run() throws {
        // The order of sets and dictionaries is part of a schedule.
        guard getenv("SWIFT_DETERMINISTIC_HASHING") != nil else { return try again() }
        let bug = try bug.map { name in
            guard let bug = Bug(rawValue: name) else { throw ValidationError("there is no bug called \(name)") }
            return bug
        }
        let uploads = try (1...2).map { version in
            try (1...2).map { try Upload(project: "acme", version: "\(version).0", variant: $0) }
        }
        let server = try SimulatedServer(bug: bug)
        var failed = 0
        for seed in seed..<(seed + UInt64(schedules)) {
            let schedule = try Schedule(seed: seed, server: server, uploads: uploads, tells: tell)
            let faults = schedule.run()
            for line in schedule.story { print(line) }
            guard !faults.isEmpty else { continue }
            failed += 1
            print("seed \(seed): \(faults.count) faults")
            for fault in faults.prefix(5) { print("  \(fault)") }
            if bug != nil { break }
        }
        if let bug {
            print(failed > 0 ? "\(bug.rawValue) was found" : "\(bug.rawValue) was NOT found")
            if failed == 0 { throw ExitCode.failure }
        } else {
            print("\(schedules) schedules, \(failed) with faults")
            if failed > 0 { throw ExitCode.failure }
        }
    }

    /// Starts this program once more, with hashes that are the same each time.
    private func again() throws {
        setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
        var arguments = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", &arguments)
        throw ValidationError("the program cannot be started again: \(String(cString: strerror(errno)))")
    }
}
