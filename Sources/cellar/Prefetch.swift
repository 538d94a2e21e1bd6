import ArgumentParser
import CellarServer

struct Prefetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Fetch and keep what a lock file or requirements list, for machines that will be cut off.",
        discussion: """
            Reads requirements.txt, pylock.toml (PEP 751), uv.lock, poetry.lock and Pipfile.lock. Of a lock file it \
            fetches the listed files; of a requirement with ==, every file of the release, or those with the given \
            hashes; of any other requirement, the newest version that the index lists. Markers and extras are not \
            evaluated: all that is listed is fetched. It may run while the server runs. The exit code is 1 if \
            something could not be fetched.
            """)

    @OptionGroup var common: CommonOptions
    @Option(
        name: [.customShort("r"), .customLong("requirement")],
        help: ArgumentHelp("The file; may be given several times.", valueName: "file"))
    var files: [String]
    @Option(help: ArgumentHelp("The index that keeps them.", valueName: "name")) var index = "main"
    @Option(
        help: ArgumentHelp(
            "Only wheels for a platform whose tag contains this word, such as manylinux or win_amd64, and wheels for "
                + "any platform; may be given several times.", valueName: "word"))
    var platform: [String] = []
    @Option(
        help: ArgumentHelp(
            "Only wheels for this Python tag, such as cp312, and those for every Python 3; may be given several times.",
            valueName: "tag"))
    var python: [String] = []

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await common.installation.prefetch(
                PrefetchRequest(files: files, index: index, platforms: platform, pythons: python))
        }
    }
}
