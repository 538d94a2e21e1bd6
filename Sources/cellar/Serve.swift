import ArgumentParser
import CellarServer

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server.",
        discussion: """
            Without a configuration it listens at 127.0.0.1:6543 and keeps everything in the folder cellar-data. \
            SIGTERM or Ctrl-C lets requests under way finish, for server.shutdown_timeout at most; a second one \
            ends it at once.
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in try await common.installation.serve() }
    }
}
