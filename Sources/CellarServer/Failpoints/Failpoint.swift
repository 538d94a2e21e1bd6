import Glibc
import Registry
import Synchronization

/// Places at which a debug build can be told to crash, for the tests of durability.
///
/// `CELLAR_FAILPOINT=after-commit:3` ends the process, as SIGKILL would, when the step `commit` has been done for the
/// third time. Release builds know no failpoints.
enum Failpoint {
    /// The variable that names one.
    static let variable = "CELLAR_FAILPOINT"

    /// `<moment>-<step>` for every moment of every step.
    static var names: [String] {
        PublishStep.allCases.flatMap { step in
            PublishObserver.Moment.allCases.map { "\($0.rawValue)-\(step.rawValue)" }
        }
    }

    /// The observer that crashes where the environment says so. Throws `CommandFailure` for a name that does not exist.
    static func observer(_ environment: [String: String]) throws -> PublishObserver {
        #if DEBUG
            guard let text = environment[variable], !text.isEmpty else { return .none }
            let parts = text.split(separator: ":", maxSplits: 1)
            let name = String(parts[0])
            guard names.contains(name), let count = parts.count == 1 ? 1 : Int(parts[1]), count > 0 else {
                throw CommandFailure(
                    .usage, "\(variable): there is no failpoint \(text); `cellar failpoints` lists them.")
            }
            let left = Atomic(count)
            return PublishObserver { moment, step in
                guard "\(moment.rawValue)-\(step.rawValue)" == name else { return }
                // 128 + SIGKILL, as shells report it.
                if left.subtract(1, ordering: .relaxed).newValue == 0 { _exit(137) }
            }
        #else
            return .none
        #endif
    }
}

extension Installation {
    /// The names of all failpoints; empty in a release build.
    public static var failpointNames: [String] {
        #if DEBUG
            Failpoint.names
        #else
            []
        #endif
    }
}
