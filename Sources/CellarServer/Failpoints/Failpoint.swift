import Glibc
import Registry
import SQLDatabase
import Synchronization

/// Places at which a debug build crashes or pauses, for the tests of durability.
///
/// `CELLAR_FAILPOINT=after-commit:3` ends the process, as SIGKILL would, when the step `commit` has been done for the
/// third time; `CELLAR_FAILPOINT=after-commit~200` waits for 200 ms there each time. Release builds know no failpoints.
enum Failpoint {
    /// The variable that names one.
    static let variable = "CELLAR_FAILPOINT"
    /// The variable that takes the database's commit mark away, as PostgreSQL has none. Its value is the most milliseconds
    /// that pass before and after each read of the changes, by chance.
    static let delayVariable = "CELLAR_FRESHNESS_DELAY"

    /// `<moment>-<step>` for every moment of every step.
    static var names: [String] {
        PublishStep.allCases.flatMap { step in
            PublishObserver.Moment.allCases.map { "\($0.rawValue)-\(step.rawValue)" }
        }
    }

    /// Returns the observer that crashes or pauses as the environment says. Throws `CommandFailure` for a name that does
    /// not exist.
    static func observer(_ environment: [String: String]) throws -> PublishObserver {
        #if DEBUG
            guard let text = environment[variable], !text.isEmpty else { return .none }
            let parts = text.split(maxSplits: 1) { $0 == ":" || $0 == "~" }
            let name = String(parts[0])
            guard names.contains(name), let number = parts.count == 1 ? 1 : Int(parts[1]), number > 0 else {
                throw CommandFailure(
                    .usage, "\(variable): there is no failpoint \(text); `cellar failpoints` lists them.")
            }
            if text.contains("~") { return pause(at: name, for: .milliseconds(number)) }
            let left = Atomic(number)
            return PublishObserver { moment, step in
                guard "\(moment.rawValue)-\(step.rawValue)" == name else { return }
                // 128 + SIGKILL, as shells report it.
                if left.subtract(1, ordering: .relaxed).newValue == 0 { _exit(137) }
            }
        #else
            return .none
        #endif
    }

    /// Returns the database, without its commit mark if the environment says so. Throws `CommandFailure` for a value that
    /// is no number.
    static func slowed(_ database: any Database, _ environment: [String: String]) throws -> any Database {
        #if DEBUG
            guard let text = environment[delayVariable], !text.isEmpty, let database = database as? SQLDatabase else {
                return database
            }
            guard let longest = Int(text), longest >= 0 else {
                throw CommandFailure(.usage, "\(delayVariable) is a number of milliseconds, not \(text).")
            }
            return database.withoutMark { _ in
                if longest > 0 { try await Task.sleep(for: .milliseconds(Int.random(in: 0...longest))) }
            }
        #else
            return database
        #endif
    }

    #if DEBUG
        private static func pause(at name: String, for time: Duration) -> PublishObserver {
            PublishObserver { moment, step in
                guard "\(moment.rawValue)-\(step.rawValue)" == name else { return }
                try await Task.sleep(for: time)
            }
        }
    #endif
}
