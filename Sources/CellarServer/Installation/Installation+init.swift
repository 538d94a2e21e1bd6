import Glibc
import LocalFiles
import Registry
import ServerConfiguration

/// The options and answers of `cellar init`.
public struct NewConfiguration: Sendable {
    /// Answers by setting (`"server.listen"`, `"index.main.read"`), written as in the environment: lists with commas.
    public var answers: [String: String]
    /// What the server is for; nil if that is open.
    public var purpose: Purpose?
    /// The first administrator's name; nil for the link that the server prints.
    public var administrator: String?
    /// Whether the administrator's password is a line of standard input.
    public var passwordFromInput: Bool
    /// Whether a file that exists may be replaced.
    public var replacesExisting: Bool
    /// Whether to ask for the rest, if there is a terminal.
    public var mayAsk: Bool

    public init(
        answers: [String: String], purpose: Purpose? = nil, administrator: String? = nil,
        passwordFromInput: Bool = false, replacesExisting: Bool, mayAsk: Bool
    ) {
        self.answers = answers
        self.purpose = purpose
        self.administrator = administrator
        self.passwordFromInput = passwordFromInput
        self.replacesExisting = replacesExisting
        self.mayAsk = mayAsk
    }

    static func problem(withAdministrator name: String) -> String {
        """
        \(name) cannot be a user name: use ASCII letters, digits and . _ @ + -, beginning with a letter or digit, 64 \
        characters at most.
        """
    }

    /// Adds what follows from the answers: what the purpose proposes, who reads beyond this machine, and the groups.
    mutating func complete() {
        answers.merge(purpose?.proposals ?? [:]) { given, _ in given }
        // An index is opened to a network by a decision only: without one, it is closed to anonymous callers.
        if ConfigurationAnswers(answers).reachBeyondThisMachine, answers["index.main.read"] == nil {
            answers["index.main.read"] = "authenticated"
        }
        for group in ConfigurationAnswers(answers).undeclaredGroups { answers["groups.\(group)"] = administrator ?? "" }
    }
}

extension Installation {
    /// Asks for what is open, writes a configuration file, and adds the first administrator if one is named.
    ///
    /// Once questions have been asked, the file is written whatever happens: if a server would not start with it, the
    /// failure says so and why.
    public func writeConfiguration(_ new: NewConfiguration) async throws(CommandFailure) {
        let path = configurationFile ?? "cellar.toml"
        guard new.replacesExisting || access(path, F_OK) != 0 else {
            throw CommandFailure(.cannotCreate, "\(path) exists already; --force replaces it.")
        }
        try check(new)
        var new = new
        if new.mayAsk, console.isInteractive {
            var interview = ConfigurationInterview(console: console)
            interview.ask(&new)
        }
        new.complete()
        let text: String
        do {
            text = try ServerConfiguration.draft(ConfigurationAnswers(new.answers))
        } catch {
            throw CommandFailure(.usage, error.description)
        }
        do throws(CommandFailure) {
            try write(text, to: path, replacing: new.replacesExisting)
        } catch {
            // Nothing that was answered is lost.
            console.print(text)
            throw error
        }
        do {
            try ServerConfiguration.check(written: text, file: path)
        } catch {
            throw CommandFailure(
                .configuration, "Wrote \(path), but a server does not start with it yet. Correct it there: \(error)")
        }
        let serve = "cellar serve" + (path == "cellar.toml" ? "" : " --config \(InstallationPlace.quoted(path))")
        console.notify("Wrote \(path). Start the server with `\(serve)`.")
        try await addAdministrator(new, path)
    }

    /// Refuses impossible answers before anything is asked.
    private func check(_ new: NewConfiguration) throws(CommandFailure) {
        for (setting, answer) in new.answers.sorted(by: { $0.key < $1.key }) {
            guard let problem = ConfigurationAnswers.problem(with: answer, for: setting) else { continue }
            throw CommandFailure(.usage, problem)
        }
        if let name = new.administrator, !UserName.isValid(name) {
            throw CommandFailure(.usage, NewConfiguration.problem(withAdministrator: name))
        }
        guard new.administrator == nil || new.passwordFromInput || console.isInteractive else {
            throw CommandFailure(
                .usage, "Without a terminal, the administrator's password is read with --password-stdin.")
        }
        do {
            _ = try ServerConfiguration.draft(ConfigurationAnswers(new.answers))
        } catch {
            throw CommandFailure(.usage, error.description)
        }
    }

    private func addAdministrator(_ new: NewConfiguration, _ path: String) async throws(CommandFailure) {
        guard let name = new.administrator else { return }
        let written = Installation(
            configurationFile: path, environment: environment, console: console, adapters: adapters)
        do throws(CommandFailure) {
            try await written.addUser(
                named: name, isAdministrator: true, passwordFromInput: new.passwordFromInput)
        } catch {
            let command = "cellar user add \(name) --admin --config \(InstallationPlace.quoted(path))"
            throw CommandFailure(
                error.code,
                """
                The file is written, but the administrator \(name) was not added: \(error.message) Try again with \
                `\(command)`, or use the link that the server prints.
                """)
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
                // Fails if somebody made the file meanwhile.
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
