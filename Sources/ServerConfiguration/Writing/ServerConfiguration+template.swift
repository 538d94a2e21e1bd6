import Registry

/// The answers for `cellar init`; everything else keeps its default.
package struct ConfigurationAnswers: Sendable {
    /// The answers by setting (`"server.listen"`, `"index.main.read"`), written as in the environment: lists with commas.
    package var values: [String: String]

    /// Makes answers.
    package init(_ values: [String: String] = [:]) {
        self.values = values
    }

    /// Returns why an answer can't be a setting's value, or nil if it can.
    package static func problem(with answer: String, for setting: String) -> String? {
        let path = setting.split(separator: ".").map(String.init)
        guard let key = DeclaredKeys.all.first(where: { $0.matches(path) }) else {
            return UnknownKey.explain(path, isSection: false)
        }
        return key.problem(with: key.shape.read(environment: filled(answer, for: setting))).map {
            "\(setting) \($0.message)"
        }
    }

    /// Returns an answer with some port in the place of `$PORT`, which only a start of the server knows.
    private static func filled(_ answer: String, for setting: String) -> String {
        guard setting == DeclaredKeys.listen.displayName else { return answer }
        return ListenAddress.filled(answer, port: "6543") ?? answer
    }

    /// Whether the server listens beyond this machine, so that `read` must be written out.
    package var reachBeyondThisMachine: Bool {
        guard let listen = values["server.listen"],
            let address = ListenAddress(Self.filled(listen, for: "server.listen"))
        else { return false }
        return !address.isLoopback
    }

    /// The groups that answers name and that none of them declares.
    package var undeclaredGroups: [String] {
        let named = values.values.flatMap { $0.split(separator: ",") }.map { $0.drop { $0 == " " } }
            .filter { $0.hasPrefix("group:") }.map { String($0.dropFirst(6)) }
        return Set(named).filter { UserName.isValid($0) && values["groups.\($0)"] == nil }.sorted()
    }
}

extension ServerConfiguration {
    /// Writes the `cellar.toml` that `cellar init` makes: every key with its text, in a comment if it keeps its
    /// default.
    ///
    /// - Throws: `ConfigurationErrors` if the answers don't make a configuration that loads.
    package static func template(_ answers: ConfigurationAnswers) throws(ConfigurationErrors) -> String {
        let text = try draft(answers)
        try check(written: text, file: "cellar.toml")
        return text
    }

    /// Writes the same text, whether or not a server would start with it.
    ///
    /// - Throws: `ConfigurationErrors` for answers that have no place in it.
    package static func draft(_ answers: ConfigurationAnswers) throws(ConfigurationErrors) -> String {
        var remaining = answers.values
        var lines = [
            "# The configuration of Cellar. Keys in comments show their defaults, or an example.",
            "# Each can be overridden by the environment: CELLAR_SERVER_LISTEN, CELLAR_INDEX_MAIN_READ, …",
        ]
        for (pattern, help) in DeclaredKeys.sections {
            lines += ["", ""] + comment(help)
            let parts = pattern.map { $0 == "*" ? DeclaredKeys.sampleName(inSection: pattern) : $0 }
            let name = parts.joined(separator: ".")
            let isAnswered = remaining.keys.contains { $0.hasPrefix(name + ".") }
            let isExample = DeclaredKeys.isOnlyShown(section: pattern) && !isAnswered
            lines.append((isExample ? "# " : "") + "[\(name)]")
            for key in DeclaredKeys.all where key.section == pattern {
                lines += [""] + comment(key.help)
                lines += entry(for: key, answers: &remaining)
            }
        }
        let text = lines.joined(separator: "\n") + "\n"
        let unknown = remaining.keys.sorted().map { setting in
            ConfigurationError(place: .defaults, message: explain(unusedAnswer: setting))
        }
        guard unknown.isEmpty else { throw ConfigurationErrors(unknown) }
        return text
    }

    /// Checks that a server starts with a written text, wherever the environment will have it listen.
    ///
    /// - Throws: `ConfigurationErrors` with all that is wrong.
    package static func check(written text: String, file: String) throws(ConfigurationErrors) {
        _ = try read(text, file: file, environment: ["PORT": "6543"])
    }

    /// Returns why an answer found no place: the file that is written has one index and one upstream.
    private static func explain(unusedAnswer setting: String) -> String {
        let path = setting.split(separator: ".").map(String.init)
        guard let key = DeclaredKeys.all.first(where: { $0.matches(path) }) else {
            return UnknownKey.explain(path, isSection: false)
        }
        let sample = key.section.map { $0 == "*" ? DeclaredKeys.sampleName(inSection: key.section) : $0 }
        return "the file begins with [\(sample.joined(separator: "."))] alone: add "
            + "[\(path.dropLast().joined(separator: "."))] with \(key.name) to it by hand"
    }

    private static func entry(for key: any DeclaredKey, answers: inout [String: String]) -> [String] {
        let setting = key.path(named: DeclaredKeys.sampleName(inSection: key.section)).joined(separator: ".")
        if key.pattern.last == "*" {
            let section = key.section.joined(separator: ".") + "."
            let given = answers.filter { $0.key.hasPrefix(section) }
            for name in given.keys { answers[name] = nil }
            guard given.isEmpty else {
                return given.sorted { $0.key < $1.key }.map { name, text in
                    "\(quoted(String(name.dropFirst(section.count)))) = \(toml(key.shape.read(environment: text)))"
                }
            }
            return ["# owners = \(key.example ?? "")"]
        }
        guard let answer = answers.removeValue(forKey: setting) else {
            return ["# \(key.name) = \(key.example ?? key.renderedDefault ?? "")"]
        }
        return ["\(key.name) = \(toml(key.shape.read(environment: answer)))"]
    }

    private static func toml(_ raw: RawValue) -> String {
        switch raw {
        case .text(let text), .moment(let text): quoted(text)
        case .integer(let value): String(value)
        case .boolean(let value): value ? "true" : "false"
        case .list(let items): "[" + items.map(toml).joined(separator: ", ") + "]"
        case .table, .unusable: "\"\""
        }
    }

    /// Returns a text as comment lines of 100 characters at most.
    private static func comment(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count < 100 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append("# " + word)
            }
        }
        return lines
    }
}
