import PackagingStandards

/// The preview of an act that cannot be undone: what goes, why somebody may care, and what does the same on the command
/// line. Nothing happens before its form is sent.
struct Confirmation {
    let title: String
    let lead: String
    /// Where the form is sent to, below `/`.
    let action: String
    let button: String
    /// Where to go instead, below `/`.
    let back: String
    /// What goes, and who uses it.
    var parts: [Screen.Part] = []
    /// What cannot be undone.
    var warning: String?
    /// What must be typed; nil for nothing.
    var typed: String?
    /// The command that does the same; nil for none.
    var command: String?
    var fields: [Field] = []

    /// The name of the field in which the name is typed.
    static let typedField = "typed"

    /// Returns the page; `problem` says why the form that came did nothing.
    func screen(_ visit: PageVisit, menu: Screen.Menu? = nil, problem: String? = nil, isMistyped: Bool = false)
        -> Screen
    {
        var blocks: [Block] = warning.map { [.warning($0)] } ?? []
        var fields = fields
        if let typed {
            fields.append(
                .line(
                    Self.typedField, visit.text("confirm.typed", ["name": typed]),
                    problem: isMistyped ? visit.text("confirm.mistyped", ["name": typed]) : nil, isRequired: true))
        }
        blocks.append(
            .form(
                .changing(
                    visit, to: action, fields, button: button, isDangerous: true,
                    cancel: Piece.Link(linkText: visit.text("confirm.cancel"), target: "./" + visit.home + back))))
        if let command { blocks.append(.command(visit.text("screen.command"), command)) }
        return Screen(
            title: title, lead: lead, menu: menu,
            problem: problem ?? (isMistyped ? visit.text("screen.nothingDone") : nil),
            parts: parts + [Screen.Part(nil, blocks)])
    }

    /// Returns whether a form has the name that must be typed.
    func isTyped(in form: SentForm) -> Bool {
        typed.map { form[Self.typedField].filter { !$0.isWhitespace } == $0 } ?? true
    }
}

/// A command of the program, as it is typed in a shell.
enum CommandLine {
    /// Returns the words with those in quotes that a shell would take apart.
    static func text(_ words: [String]) -> String {
        words.map(quoted).joined(separator: " ")
    }

    static func text(_ words: String...) -> String { text(words) }

    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                ASCII.isAlphanumeric(byte) || "-_./:@=+,%".utf8.contains(byte)
            }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
