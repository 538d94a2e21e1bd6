import Registry
import ServerConfiguration

/// A Cellar installation as its configuration describes it, with everything that can be done to it from the command
/// line. Each command is a method in `Installation+<topic>.swift` and throws nothing but `CommandFailure`.
public struct Installation: Sendable {
    /// The file that `--config` names; nil for `cellar.toml` in the working directory, or else the defaults.
    let configurationFile: String?
    let environment: [String: String]
    let console: Console
    let adapters: Adapters

    /// Describes an installation; nothing is read yet.
    ///
    /// - Parameters:
    ///   - configurationFile: The file that `--config` names; nil for `cellar.toml` in the working directory, if it is
    ///     there, else the defaults.
    ///   - environment: The variables of the process.
    ///   - console: How the commands talk.
    ///   - adapters: A database and a storage in place of those that the configuration names.
    public init(
        configurationFile: String?, environment: [String: String], console: Console = .standard,
        adapters: Adapters = Adapters()
    ) {
        self.configurationFile = configurationFile
        self.environment = environment
        self.console = console
        self.adapters = adapters
    }

    /// The release of this program.
    public static let version = "0.1.0"

    /// Reads the configuration. Throws `ConfigurationErrors`.
    func configuration() throws -> ServerConfiguration {
        try ServerConfiguration.load(path: configurationFile, environment: environment)
    }

    /// Where the commands look.
    var place: InstallationPlace { InstallationPlace(configurationFile: configurationFile) }
}
