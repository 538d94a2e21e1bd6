/// The reference page of the configuration, made from the table of its keys.
package enum ConfigurationReference {
    /// Returns the page in Markdown, as it is kept in `docs/configuration.md`.
    package static func page() -> String {
        var parts = [introduction]
        for (pattern, help) in DeclaredKeys.sections {
            parts.append("## `\(DeclaredKeys.displayName(ofSection: pattern))`\n\n\(help)")
            parts += DeclaredKeys.all.filter { $0.section == pattern }.map(entry)
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func entry(for key: any DeclaredKey) -> String {
        let defaultText = key.defaultNote ?? key.renderedDefault.map { "`\($0)`" } ?? "none"
        let variable = environmentName(of: key.pattern.map { $0 == "*" ? "placeholder" : $0 })
            .replacing("PLACEHOLDER", with: "<NAME>")
        var lines = ["### `\(key.name)`", "", key.help, "", "- Type: \(key.typeName)", "- Default: \(defaultText)"]
        if let example = key.example { lines.append("- Example: `\(key.name) = \(example)`") }
        lines.append("- Environment: `\(variable)`")
        return lines.joined(separator: "\n")
    }

    private static let introduction = """
        # Configuration

        Cellar reads one file, `cellar.toml`: the one that `--config` names, or else the one in the working directory.
        Without a file, every setting has its default. `cellar init` writes the file. `cellar check` reads it and shows
        the value of every setting. If the file has an unknown key, a wrong type or an impossible value, the server does
        not start, and prints the file, the line and what was probably meant.

        An environment variable overrides any key. Its name is `CELLAR_<SECTION>_<KEY>` in capital letters, with `_` for
        every other character. Commas separate the entries of a list: `CELLAR_SERVER_LISTEN=127.0.0.1:8000`,
        `CELLAR_INDEX_MAIN_READ=authenticated,user:ada`. Variables cannot add an index, an upstream, a provider, an
        issuer, a user or a group that the file does not have. The upstream `pypi` always exists, and so does the index
        `main` if the file has no index.

        How values are written:

        - A **size** is a text with a unit, in powers of 1024: `"512B"`, `"64KiB"`, `"512MiB"`, `"4GiB"`, `"1TiB"`.
        - A **duration** is a text with a unit: `"30s"`, `"5m"` (or `"5min"`), `"24h"`, `"7d"`.
        - A **moment** is a date, or a date and a time, with or without quotes: `2026-11-01`, `"2026-11-01T12:00:00Z"`.
          A date means midnight in UTC. A time without an offset is in UTC.
        - A **requirement** is a project's name, with or without versions: `"litellm"`, `"litellm>=1.82,<1.83"`.
        - A **principal** is `"everyone"` (also anonymous callers), `"authenticated"` (every user and token), `"user:<name>"`,
          `"group:<name>"` with a group from `[groups]`, or `"service:<name>"`. Administrators have every right.
        - A **secret text** is never shown or logged. It is better kept in a file of its own, which `<key>_file` names.

        This page is generated from the table that the server checks the file with.
        """
}
