import Glibc
import Registry
import ServerConfiguration

/// What `cellar init` was told.
public struct NewConfiguration: Sendable {
    /// Answers by setting (`"server.listen"`, `"index.main.read"`), written as in the environment: lists with commas.
    public var answers: [String: String]
    /// Whether a file that exists may be replaced.
    public var replacesExisting: Bool
    /// Whether to ask for what was not told, where there is a terminal.
    public var mayAsk: Bool

    public init(answers: [String: String], replacesExisting: Bool, mayAsk: Bool) {
        self.answers = answers
        self.replacesExisting = replacesExisting
        self.mayAsk = mayAsk
    }
}

extension Installation {
    private struct Question {
        let setting: String
        let text: String
        let standard: String
    }

    private static let questions = [
        Question(setting: "server.listen", text: "Address and port to listen at", standard: "127.0.0.1:6543"),
        Question(
            setting: "server.base_url",
            text: "Address for clients, as https://pypi.example.com (empty: taken from requests)", standard: ""),
        Question(setting: "server.data_dir", text: "Folder for all data", standard: "cellar-data"),
        Question(
            setting: "index.main.read", text: "Who may read (everyone, authenticated, user:NAME, group:NAME)",
            standard: "everyone"),
        Question(setting: "index.main.write", text: "Who may publish", standard: "authenticated"),
    ]

    /// Writes a configuration file, asking for what was not told.
    public func writeConfiguration(_ new: NewConfiguration) throws(CommandFailure) {
        let path = configurationFile ?? "cellar.toml"
        guard new.replacesExisting || access(path, F_OK) != 0 else {
            throw CommandFailure(.cannotCreate, "\(path) exists already; --force replaces it.")
        }
        for (setting, answer) in new.answers.sorted(by: { $0.key < $1.key }) {
            guard let problem = ConfigurationAnswers.problem(with: answer, for: setting) else { continue }
            throw CommandFailure(.usage, problem)
        }
        var answers = new.answers
        if new.mayAsk, console.isInteractive { try ask(&answers) }
        let text: String
        do {
            text = try ServerConfiguration.template(ConfigurationAnswers(answers))
        } catch {
            throw CommandFailure(.usage, error.description)
        }
        try write(text, to: path, replacing: new.replacesExisting)
        console.notify("Wrote \(path). Start the server with `cellar serve`.")
    }

    private func ask(_ answers: inout [String: String]) throws(CommandFailure) {
        for question in Self.questions where answers[question.setting] == nil {
            while true {
                let shown = question.standard.isEmpty ? "" : " [\(question.standard)]"
                guard let answer = console.ask("\(question.text)\(shown): ") else {
                    throw CommandFailure(.usage, "The input ended; nothing was written.")
                }
                let trimmed = answer.trimmingSpaces
                if trimmed.isEmpty { break }
                if let problem = ConfigurationAnswers.problem(with: trimmed, for: question.setting) {
                    console.notify(problem)
                    continue
                }
                answers[question.setting] = trimmed
                break
            }
        }
    }

    /// Writes a file as a whole or not at all; only its owner and group may read it, since it may hold secrets.
    private func write(_ text: String, to path: String, replacing: Bool) throws(CommandFailure) {
        let calls = SystemCalls.system
        let temporary = "\(path).new"
        do {
            let file = try calls.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o640)
            try Array(text.utf8).withUnsafeBytes { try calls.writeAll($0, to: file) }
            try calls.sync(file)
            if replacing {
                try calls.rename(AT_FDCWD, temporary, path)
            } else {
                defer { try? calls.unlink(AT_FDCWD, temporary) }
                // Fails where somebody made the file meanwhile.
                try calls.link(AT_FDCWD, temporary, AT_FDCWD, path)
            }
        } catch let error as SystemError {
            throw CommandFailure(
                .cannotCreate, "\(path) cannot be written: \(String(cString: strerror(error.number))).")
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmingSpaces: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let rest = drop(while: isSpace)
        return String(rest.prefix(rest.count - rest.reversed().prefix(while: isSpace).count))
    }
}
