import Glibc
import LocalFiles
import Registry
import ServerConfiguration

/// The folders that must exist before anything can be opened.
enum DataFolder {
    /// Makes the data folder, and the folder of the database if that is another one, for this user only.
    ///
    /// Throws `CommandFailure` that names the folder, the setting and what is wrong.
    static func prepare(for configuration: ServerConfiguration, adapters: Adapters) throws {
        try make(configuration.server.dataDirectory, setting: "server.data_dir")
        guard adapters.database == nil else { return }
        switch configuration.database {
        case .sqlite(let path): try make(parent(of: path), setting: "database.url")
        }
    }

    private static func make(_ folder: String, setting: String) throws {
        do {
            _ = try SystemCalls.system.makeFolders(folder, mode: 0o700)
        } catch let error as SystemError {
            throw failure(folder, setting, error.number)
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw failure(folder, setting, errno) }
    }

    private static func failure(_ folder: String, _ setting: String, _ number: CInt) -> CommandFailure {
        CommandFailure(
            .unavailable, "The folder \(folder) (\(setting)) cannot be used: \(String(cString: strerror(number))).")
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
