import ArgumentParser
import CellarServer
import Glibc

/// The program's commands: they only read arguments; all work is done by `Installation`.
struct CellarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cellar",
        abstract: "A private index of Python packages.",
        discussion: """
            Start with `cellar serve`: it needs no configuration and prints a link with which the first administrator \
            sets a password.

            Exit codes: 0 done; 1 the work failed, or `check` or `health` found something wrong; 64 wrong usage; 69 \
            something needed is not available (the address, a folder, the database); 70 a defect; 73 a file cannot be \
            written; 78 the configuration is wrong.
            """,
        version: Installation.versionText,
        subcommands: [
            Serve.self, Init.self, UserCommand.self, HashPassword.self, GroupCommand.self, GrantCommand.self,
            WhyAccess.self, TokenCommand.self, ServiceCommand.self, LoginCommand.self, PublisherCommand.self,
            Prefetch.self, CacheCommand.self, Why.self, PolicyCommand.self, ProjectCommand.self, Check.self,
            HealthCommand.self, AuditCommand.self, DownloadsCommand.self, Rebuild.self, Sweep.self, Failpoints.self,
        ])
}

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file; else cellar.toml here, if there is one, else the defaults.", valueName: "file"))
    var config: String?

    /// The installation that the command works on.
    var installation: Installation {
        Installation(configurationFile: config, environment: Environment.variables)
    }
}

extension AsyncParsableCommand {
    /// Runs a command's work; a failure is printed in one line and ends the program with its exit code.
    func reporting(_ work: () async throws(CommandFailure) -> Void) async throws {
        do throws(CommandFailure) {
            try await work()
        } catch {
            Console.standard.report(error, environment: Environment.variables)
            throw ExitCode(error.code.rawValue)
        }
    }
}

/// The variables of the process.
enum Environment {
    /// Every variable by its name; read once, before anything could change them.
    static let variables: [String: String] = {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }()
}
