import ArgumentParser
import CellarServer

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a configuration file.",
        discussion: """
            On a terminal it asks for what the options leave open; every other setting is written as a comment with its \
            default. A purpose proposes answers: lan (a proxy of PyPI for everybody in your network), personal (a \
            public index of your own projects), or organisation (private projects beside those of PyPI).
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("What the server is for: lan, personal or organisation.", valueName: "purpose"))
    var purpose: String?

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

    @Option(
        help: ArgumentHelp(
            "What to do with projects that the index does not have: none, cache, redirect or mirror.",
            valueName: "fallback"))
    var fallback: String?

    @Option(help: ArgumentHelp("Where files are kept, as file:FOLDER.", valueName: "url"))
    var storage: String?

    @Option(help: ArgumentHelp("Also add the first administrator.", valueName: "name"))
    var admin: String?

    @Flag(name: .customLong("password-stdin"), help: "Read the administrator's password from standard input.")
    var passwordFromInput = false

    @Option(help: ArgumentHelp("Any other setting, such as index.main.max_file_size=1GiB.", valueName: "setting=value"))
    var set: [String] = []

    @Flag(help: "Replace a file that exists.")
    var force = false

    @Flag(name: .shortAndLong, help: "Ask nothing.")
    var yes = false

    func validate() throws {
        if let purpose, Purpose(rawValue: purpose) == nil {
            let names = Purpose.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--purpose \(purpose): write one of \(names).")
        }
        if let wrong = set.first(where: { !$0.contains("=") }) {
            throw ValidationError("--set \(wrong): write a setting and its value, such as server.loops=2.")
        }
    }

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.writeConfiguration(
                NewConfiguration(
                    answers: answers, purpose: purpose.flatMap(Purpose.init), administrator: admin,
                    passwordFromInput: passwordFromInput,
                    replacesExisting: force, mayAsk: !yes))
        }
    }

    private var answers: [String: String] {
        let named = [
            "server.listen": listen, "server.base_url": baseURL, "server.data_dir": dataDir, "index.main.read": read,
            "index.main.write": write, "index.main.fallback": fallback, "storage.url": storage,
        ]
        let others = set.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
        return named.compactMapValues { $0 }.merging(others) { $1 }
    }
}
