import Glibc
import LocalFiles
import Registry
import ServerConfiguration

/// Keeps a rebuild apart from the server and all other commands, which share the lock.
///
/// It is taken by flock(2) on a file beside the database, or in the data folder if the database is no file, where it
/// keeps only the processes of one machine apart: the kernel releases it with the process, however that ends,
/// and the file that a killed server leaves means nothing.
struct InstallationLock: Sendable {
    /// Who else may work at the same time.
    enum Mode: Sendable {
        /// Everybody but a rebuild.
        case shared
        /// Nobody.
        case exclusive
    }

    private let file: OpenFile

    /// Takes the lock without waiting. Throws `CommandFailure` if somebody holds it in a way that excludes this one.
    init(_ mode: Mode, for configuration: ServerConfiguration, adapters: Adapters) throws {
        let path = Self.path(for: configuration, adapters: adapters)
        do {
            file = try SystemCalls.system.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode: 0o600)
        } catch let error as SystemError {
            throw CommandFailure(
                .unavailable, "The lock \(path) cannot be opened: \(String(cString: strerror(error.number))).")
        }
        guard flock(file.number, (mode == .exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 else { return }
        let number = errno
        // Some network file systems have no locks: a server there works without one.
        if number != EWOULDBLOCK, mode == .shared { return }
        throw Self.failure(number, mode, path)
    }

    /// Releases the lock.
    func unlock() {
        _ = flock(file.number, LOCK_UN)
    }

    /// Returns whether nobody else can have the database open while somebody holds the exclusive lock: all processes that
    /// open it share the lock beside it.
    static func excludesAll(_ configuration: ServerConfiguration, _ adapters: Adapters) -> Bool {
        guard adapters.database == nil else { return false }
        return switch configuration.database {
        case .sqlite: true
        case .postgresql: false
        }
    }

    private static func failure(_ number: CInt, _ mode: Mode, _ path: String) -> CommandFailure {
        guard number == EWOULDBLOCK else {
            return CommandFailure(.unavailable, "\(path) cannot be locked: \(String(cString: strerror(number))).")
        }
        return switch mode {
        case .shared: CommandFailure(.unavailable, "A rebuild is under way (\(path) is locked): wait for its end.")
        case .exclusive:
            CommandFailure(
                .unavailable,
                """
                A server or another command uses this installation (\(path) is locked). Stop the server first: a \
                rebuild replaces the database under it.
                """)
        }
    }

    private static func path(for configuration: ServerConfiguration, adapters: Adapters) -> String {
        guard adapters.database == nil else { return configuration.server.dataDirectory + "/cellar.lock" }
        return switch configuration.database {
        case .sqlite(let path): path + ".lock"
        case .postgresql: configuration.server.dataDirectory + "/cellar.lock"
        }
    }
}
