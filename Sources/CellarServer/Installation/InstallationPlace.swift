import Glibc
import PackagingStandards
import ServerConfiguration

/// Where a command looks for its installation, and how to name it from elsewhere.
struct InstallationPlace: Sendable {
    /// The file that `--config` names; nil without one.
    let configurationFile: String?
    /// The working directory.
    let folder: String

    init(configurationFile: String?) {
        self.configurationFile = configurationFile
        folder = Self.workingDirectory()
    }

    /// Whether the command line or the working directory says which configuration is meant.
    var isNamed: Bool { configurationFile != nil || access("cellar.toml", F_OK) == 0 }

    /// Refuses to make an installation that is not named: a command in the wrong folder would change an empty database
    /// that the server never sees.
    func requireInstallation(of configuration: ServerConfiguration, adapters: Adapters) throws {
        guard !isNamed, adapters.database == nil else { return }
        // Without a file, only the environment can name another database than the defaults; then it is meant.
        guard case .sqlite(let database) = configuration.database else { return }
        let data = configuration.server.dataDirectory
        guard access(data, F_OK) != 0, access(database, F_OK) != 0 else { return }
        throw CommandFailure(
            .unavailable,
            """
            There is no Cellar in \(folder): neither the file cellar.toml nor the folder \(data). Run this in the \
            server's folder, or name its configuration with --config FILE. (`cellar init` and `cellar serve` make a \
            new one.)
            """)
    }

    /// Returns a command as it must be typed to work on this installation from any folder.
    func command(_ text: String, for configuration: ServerConfiguration) -> String {
        var command = text
        if let file = configurationFile ?? (isNamed ? "cellar.toml" : nil) {
            command += " --config \(Self.quoted(absolute(file)))"
        }
        // Relative paths of a configuration begin at the working directory.
        let isAbsolute = configuration.server.dataDirectory.hasPrefix("/")
        return isAbsolute && isNamed ? command : "cd \(Self.quoted(folder)) && \(command)"
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : folder == "/" ? "/\(path)" : "\(folder)/\(path)"
    }

    /// Quotes a word for a shell, if it must be.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "/._-+=:@,".utf8.contains($0) }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "." }
        defer { free(path) }
        return String(cString: path)
    }
}
