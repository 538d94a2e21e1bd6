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
        let data = configuration.server.dataDirectory
        let owner = try make(data, setting: "server.data_dir")
        guard adapters.database == nil else {
            return try refuseRoot(among: owner, data, setting: "server.data_dir")
        }
        switch configuration.database {
        case .postgresql: try refuseRoot(among: owner, data, setting: "server.data_dir")
        case .sqlite(let path):
            if let database = try? FileStatus(of: path, in: nil) {
                try refuseRoot(among: database.owner, path, setting: "database.url")
            } else {
                try refuseRoot(among: owner, data, setting: "server.data_dir")
            }
            try make(parent(of: path), setting: "database.url")
        }
    }

    /// Returns the user to whom the folder belongs.
    @discardableResult
    private static func make(_ folder: String, setting: String) throws -> UInt32 {
        let owner: UInt32
        do {
            owner = try FileStatus(of: SystemCalls.system.makeFolders(folder, mode: 0o700)).owner
        } catch let error as SystemError {
            throw failure(folder, setting, error.number)
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw failure(folder, setting, errno) }
        return owner
    }

    /// Refuses root in an installation of another user, whose server could not use what root makes there.
    private static func refuseRoot(among owner: UInt32, _ path: String, setting: String) throws {
        guard geteuid() == 0, owner != 0 else { return }
        let name = getpwuid(owner).map { String(cString: $0.pointee.pw_name) }
        let command = name.map { ": runuser -u \($0) -- cellar …" } ?? "."
        throw CommandFailure(
            .unavailable,
            """
            \(path) (\(setting)) belongs to the user \(name ?? "\(owner)"), whose server could not use what root makes \
            there. Run the command as that user\(command)
            """)
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
