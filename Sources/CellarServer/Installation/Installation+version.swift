import CBuild
import PackagingStandards
import SQLDatabase

extension Installation {
    /// What `--version` prints: `cellar 0.1.0 (abcdef12)`, without the commit if the build did not say it; then a line
    /// for each library, with the version that the program runs with.
    public static var versionText: String {
        let commit = String(cString: cellar_build_commit())
        let swift = String(cString: cellar_build_swift())
        var libraries =
            [(name: "SQLite", version: SQLDatabase.libraryVersion)] + LinkedLibraries.versions
        if !swift.isEmpty { libraries.append((name: "Swift", version: swift)) }
        let first = commit.isEmpty ? "cellar \(version)" : "cellar \(version) (\(commit))"
        return ([first] + libraries.map { "\($0.name) \($0.version)" }).joined(separator: "\n")
    }
}
