import ArgumentParser
import CellarServer

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask a server whether it is ready for requests.",
        discussion: """
            Asks the configured server, on this machine, for /health/ready, and prints one line. The exit code is 0 if \
            it is ready, and 1 if it is not, or does not answer within 4 seconds. It needs no other program, as in a \
            container.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Another server's address, such as https://pypi.example.com.", valueName: "url"))
    var url: String?

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in try await common.installation.health(url: url) }
    }
}
