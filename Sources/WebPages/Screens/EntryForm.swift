/// A form: where it is sent to, its fields and its button.
struct EntryForm {
    /// Relative to the page.
    let action: String
    /// `post`, or `get` for a form that only looks something up.
    let method: String
    /// The token of the visitor's forms; nil for one that only looks something up.
    let token: String?
    /// What is wrong with no single field.
    let formProblem: String?
    let fields: [Field]
    let button: String
    /// Whether it destroys something.
    let isDangerous: Bool
    /// Where to go instead; nil for nowhere.
    let cancel: Piece.Link?

    /// A form that changes something.
    static func changing(
        _ visit: PageVisit, to path: String, _ fields: [Field] = [], button: String, isDangerous: Bool = false,
        problem: String? = nil, cancel: Piece.Link? = nil
    ) -> EntryForm {
        EntryForm(
            action: "./" + visit.home + path, method: "post", token: FormGuard.session.token(for: visit) ?? "",
            formProblem: problem, fields: fields, button: button, isDangerous: isDangerous, cancel: cancel)
    }

    /// A form that looks something up.
    static func asking(_ visit: PageVisit, at path: String, _ fields: [Field], button: String) -> EntryForm {
        EntryForm(
            action: "./" + visit.home + path, method: "get", token: nil, formProblem: nil, fields: fields,
            button: button, isDangerous: false, cancel: nil)
    }
}

/// A field of a form: one of its members is there.
struct Field {
    var input: Input?
    var select: Select?
    var boxes: Boxes?
    var check: Box?
    var hiddenValue: Hidden?

    /// One line of text.
    struct Input {
        let fieldID: String
        let fieldName: String
        let label: String
        let type: String
        let value: String
        let hint: String?
        let fieldProblem: String?
        let isRequired: Bool
        let longest: Int
        let complete: String
        /// The ids of hint and problem; nil for neither.
        let describedBy: String?
    }

    struct Select {
        let selectID: String
        let selectName: String
        let selectLabel: String
        let selectHint: String?
        let selectProblem: String?
        let options: [Option]
        let selectDescribedBy: String?
    }

    struct Option {
        let optionValue: String
        let optionText: String
        let isChosen: Bool
    }

    /// Boxes to tick under one heading, each with a name of its own.
    struct Boxes {
        let boxesID: String
        let legend: String
        let boxesHint: String?
        let boxesProblem: String?
        let choices: [Box]
    }

    struct Box {
        let boxID: String
        let boxName: String
        let boxText: String
        let boxHint: String?
        let isTicked: Bool
    }

    struct Hidden {
        let hiddenName: String
        let hiddenText: String
    }

    /// What a line of text is for, which decides what browsers offer and check.
    enum Kind: String {
        case text
        case password
        case date
        case number
        case email
    }

    static func line(
        _ name: String, _ label: String, _ value: String = "", kind: Kind = .text, hint: String? = nil,
        problem: String? = nil, isRequired: Bool = false, longest: Int = 200, complete: String = "off",
        id: String? = nil
    ) -> Field {
        let id = id ?? name
        return Field(
            input: Input(
                fieldID: id, fieldName: name, label: label, type: kind.rawValue, value: value, hint: hint,
                fieldProblem: problem, isRequired: isRequired, longest: longest, complete: complete,
                describedBy: describedBy(id, hint, problem)))
    }

    static func choice(
        _ name: String, _ label: String, _ options: [(value: String, text: String)], chosen: String,
        hint: String? = nil, problem: String? = nil, id: String? = nil
    ) -> Field {
        let id = id ?? name
        return Field(
            select: Select(
                selectID: id, selectName: name, selectLabel: label, selectHint: hint, selectProblem: problem,
                options: options.map {
                    Option(optionValue: $0.value, optionText: $0.text, isChosen: $0.value == chosen)
                },
                selectDescribedBy: describedBy(id, hint, problem)))
    }

    static func boxes(
        _ id: String, _ legend: String, _ choices: [Box], hint: String? = nil, problem: String? = nil
    ) -> Field {
        Field(boxes: Boxes(boxesID: id, legend: legend, boxesHint: hint, boxesProblem: problem, choices: choices))
    }

    static func check(_ name: String, _ text: String, isTicked: Bool = false, hint: String? = nil) -> Field {
        Field(check: Box(boxID: name, boxName: name, boxText: text, boxHint: hint, isTicked: isTicked))
    }

    static func hidden(_ name: String, _ value: String) -> Field {
        Field(hiddenValue: Hidden(hiddenName: name, hiddenText: value))
    }

    private static func describedBy(_ id: String, _ hint: String?, _ problem: String?) -> String? {
        let ids = [hint.map { _ in "\(id)-hint" }, problem.map { _ in "\(id)-error" }].compactMap(\.self)
        return ids.isEmpty ? nil : ids.joined(separator: " ")
    }
}
