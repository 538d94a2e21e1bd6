import FoundationEssentials
import Glibc
import LocalFiles

/// The file in which `cellar login` keeps sessions: `cellar/credentials.json` in the user's folder for configuration
/// (`XDG_CONFIG_HOME`, else `~/.config`), readable by the user alone.
struct CredentialFile {
    /// A session with one server.
    struct Entry: Codable, Equatable {
        let token: String
        /// Whose it is, such as `user:ada`.
        let owner: String
        /// In UTC, as ISO 8601 writes it.
        let expires_at: String
    }

    private struct Contents: Codable {
        var servers: [String: Entry]
    }

    private static let longest = 1 << 20

    /// Where the file is.
    let path: String
    private let folder: String

    /// Throws `.usage` if the environment says of no home.
    init(environment: [String: String]) throws {
        let configured = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 + "/.config" : nil }
        guard let base = configured ?? home else {
            throw CommandFailure(.usage, "There is no place for the session: set HOME or XDG_CONFIG_HOME.")
        }
        folder = base + "/cellar"
        path = folder + "/credentials.json"
    }

    /// Returns the sessions by the addresses of their servers. Throws `.failed` for a file that cannot be read.
    func entries() throws -> [String: Entry] {
        guard access(path, F_OK) == 0 else { return [:] }
        do {
            let file = try SystemCalls.system.open(path, O_RDONLY | O_NOFOLLOW)
            var bytes = [UInt8](repeating: 0, count: Self.longest)
            let count = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
            return try JSONDecoder().decode(Contents.self, from: Data(bytes.prefix(count))).servers
        } catch {
            throw CommandFailure(.failed, "\(path) cannot be read: move it away, and log in again.")
        }
    }

    /// Keeps the session with a server in place of an earlier one. Throws `.cannotCreate`.
    func keep(_ entry: Entry, for server: String) throws {
        var servers = try entries()
        servers[server] = entry
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = Array(try encoder.encode(Contents(servers: servers))) + [0x0A]
        let calls = SystemCalls.system
        let temporary = "\(path).\(getpid())"
        do {
            _ = try calls.makeFolders(folder, mode: 0o700)
            let file = try calls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
            try text.withUnsafeBytes { try calls.writeAll($0, to: file) }
            try calls.sync(file)
            try calls.rename(AT_FDCWD, temporary, path)
        } catch let error as SystemError {
            try? calls.unlink(AT_FDCWD, temporary)
            throw CommandFailure(
                .cannotCreate, "\(path) cannot be written: \(String(cString: strerror(error.number))).")
        }
    }
}
