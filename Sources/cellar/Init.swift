import ArgumentParser
import CellarServer

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a configuration file.",
        discussion: "On a terminal it asks for what was not told; every other setting keeps its default, in a comment.")

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The address and port to listen at.", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("The address under which clients reach the server.", valueName: "url"))
    var baseURL: String?

    @Option(help: ArgumentHelp("The folder for all data.", valueName: "folder"))
    var dataDir: String?

    @Option(help: ArgumentHelp("Who may read the index main, separated by commas.", valueName: "principals"))
    var read: String?

    @Option(help: ArgumentHelp("Who may publish to the index main, separated by commas.", valueName: "principals"))
    var write: String?

    @Option(help: ArgumentHelp("Any other setting, as index.main.max_file_size=1GiB.", valueName: "setting=value"))
    var set: [String] = []

    @Flag(help: "Replace a file that exists.")
    var force = false

    @Flag(name: .shortAndLong, help: "Ask nothing.")
    var yes = false

    func validate() throws {
        if let wrong = set.first(where: { !$0.contains("=") }) {
            throw ValidationError("--set \(wrong): write a setting and its value, as server.loops=2.")
        }
    }

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try common.installation.writeConfiguration(
                NewConfiguration(answers: answers, replacesExisting: force, mayAsk: !yes))
        }
    }

    private var answers: [String: String] {
        let named = [
            "server.listen": listen, "server.base_url": baseURL, "server.data_dir": dataDir, "index.main.read": read,
            "index.main.write": write,
        ]
        let others = set.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
        return named.compactMapValues { $0 }.merging(others) { $1 }
    }
}
