import Registry
import ServerConfiguration

/// The questions of `cellar init`. What was answered is never lost: an end of the input ends the questions, and the
/// rest keeps what was proposed.
struct ConfigurationInterview {
    private struct Question {
        let setting: String
        let text: String
        /// The proposed answer, whatever the purpose. If it is empty, an empty answer leaves the setting out.
        let proposal: String
    }

    private static let questions = [
        Question(setting: "server.listen", text: "Address and port to listen at", proposal: "127.0.0.1:6543"),
        Question(
            setting: "server.base_url",
            text: "Address for clients, such as https://pypi.example.com (empty: taken from requests)", proposal: ""),
        Question(setting: "server.data_dir", text: "Folder for all data", proposal: "cellar-data"),
        Question(setting: "storage.url", text: "Storage for the files (file:FOLDER)", proposal: "file:files"),
        Question(
            setting: "index.main.read", text: "Who may read (everyone, authenticated, user:NAME, group:NAME)",
            proposal: "authenticated"),
        Question(
            setting: "index.main.write", text: "Who may publish (authenticated, user:NAME, group:NAME)",
            proposal: "authenticated"),
        Question(
            setting: "index.main.fallback",
            text: "Projects that are not here (none: they do not exist, cache: fetched from PyPI and kept, "
                + "redirect: clients are sent to PyPI)", proposal: "cache"),
    ]

    let console: Console
    private var hasEnded = false

    init(console: Console) {
        self.console = console
    }

    /// Asks for what is not known yet.
    mutating func ask(_ new: inout NewConfiguration) {
        if new.purpose == nil { new.purpose = askPurpose() }
        let proposals = new.purpose?.proposals ?? [:]
        for question in Self.questions where new.answers[question.setting] == nil {
            let proposal = proposals[question.setting] ?? question.proposal
            let answer = ask(question.text, proposal: proposal) { answer in
                ConfigurationAnswers.problem(with: answer, for: question.setting)
            }
            if !answer.isEmpty { new.answers[question.setting] = answer }
        }
        guard new.administrator == nil, !hasEnded else { return }
        let name = ask("Name of the first administrator (empty: the server prints a link to make one)", proposal: "") {
            UserName.isValid($0) ? nil : NewConfiguration.problem(withAdministrator: $0)
        }
        if !name.isEmpty { new.administrator = name }
    }

    private mutating func askPurpose() -> Purpose? {
        console.notify("What is the server for?")
        for purpose in Purpose.allCases { console.notify("  \(purpose.rawValue): \(purpose.text)") }
        let names = Purpose.allCases.map(\.rawValue)
        let answer = ask("Purpose", proposal: Purpose.organisation.rawValue) { answer in
            names.contains(answer) ? nil : "Write one of: \(names.joined(separator: ", "))."
        }
        return Purpose(rawValue: answer)
    }

    /// Asks until the answer has no problem. Returns the proposal for an empty answer.
    private mutating func ask(_ text: String, proposal: String, problem: (String) -> String?) -> String {
        while !hasEnded {
            let shown = proposal.isEmpty ? "" : " [\(proposal)]"
            guard let answer = console.ask("\(text)\(shown): ")?.trimmingSpaces else {
                hasEnded = true
                console.notify("The input ended: all other answers are as proposed.")
                break
            }
            if answer.isEmpty { break }
            guard let found = problem(answer) else { return answer }
            console.notify(found)
        }
        return proposal
    }
}
