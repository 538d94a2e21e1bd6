/// A page on which somebody does things: what it is about, what was done or is wrong, and its parts from top to bottom.
/// One template shows all such pages.
///
/// The names of all members below differ: a template that finds nothing under a name looks further outside.
struct Screen {
    let title: String
    /// What the page is for, in a sentence.
    var lead: String?
    /// The pages beside this one; nil for none.
    var menu: Menu?
    /// What was done.
    var notice: String?
    /// Why nothing was done.
    var problem: String?
    var parts: [Part] = []

    /// Links to the pages of one kind.
    struct Menu {
        let menuLabel: String
        let entries: [Entry]

        struct Entry {
            let entryLabel: String
            /// Relative to the page.
            let entryLink: String
            let isHere: Bool
        }
    }

    /// A part of a page, perhaps under a heading.
    struct Part {
        /// Its `id`.
        var anchor: String?
        var heading: String?
        var blocks: [Block]

        init(_ heading: String? = nil, anchor: String? = nil, _ blocks: [Block]) {
            self.heading = heading
            self.anchor = anchor
            self.blocks = blocks
        }
    }
}

/// A piece of a part: one of its members is there.
struct Block {
    /// A paragraph.
    var words: String?
    /// Why something is hidden or refused.
    var reason: String?
    /// What cannot be undone.
    var warning: String?
    var facts: Facts?
    var table: Table?
    var entryForm: EntryForm?
    var command: Command?
    var links: Links?
    var chart: Chart?

    static func text(_ text: String) -> Block { Block(words: text) }
    static func why(_ text: String) -> Block { Block(reason: text) }
    static func warning(_ text: String) -> Block { Block(warning: text) }
    static func facts(_ facts: [Fact]) -> Block { Block(facts: Facts(pairs: facts)) }
    static func table(_ table: Table) -> Block { Block(table: table) }
    static func form(_ form: EntryForm) -> Block { Block(entryForm: form) }
    static func links(_ links: [Piece]) -> Block { Block(links: Links(linked: links)) }

    /// Texts to copy, such as the command that does the same.
    static func command(_ label: String, _ text: String) -> Block {
        Block(command: Command(commandLabel: label, commandText: text))
    }

    /// A chart, an SVG made here, which holds nothing but numbers and escaped texts.
    static func chart(_ svg: String) -> Block { Block(chart: Chart(svg: svg)) }

    struct Facts {
        let pairs: [Fact]
    }

    struct Links {
        let linked: [Piece]
    }

    struct Command {
        let commandLabel: String
        let commandText: String
    }

    struct Chart {
        let svg: String
    }
}

/// A name and what stands for it.
struct Fact {
    let term: String
    let pieces: [Piece]

    init(_ term: String, _ pieces: Piece...) {
        self.term = term
        self.pieces = pieces
    }

    init(_ term: String, _ pieces: [Piece]) {
        self.term = term
        self.pieces = pieces
    }
}

/// A piece of a cell or of a fact: one of its members is there.
struct Piece {
    var plain: String?
    /// As in a program.
    var mono: String?
    /// A text in the color of hints, on a line of its own.
    var small: String?
    var tag: Tag?
    var link: Link?

    static func text(_ text: String) -> Piece { Piece(plain: text) }
    static func code(_ text: String) -> Piece { Piece(mono: text) }
    static func small(_ text: String) -> Piece { Piece(small: text) }
    static func tag(_ text: String, _ tone: Tag.Tone = .plain) -> Piece {
        Piece(tag: Tag(tagText: text, tone: tone.rawValue))
    }

    /// A link; `target` is relative to the page.
    static func link(_ text: String, _ target: String) -> Piece { Piece(link: Link(linkText: text, target: target)) }

    struct Tag {
        let tagText: String
        let tone: String

        /// What a tag means: its text says it, too.
        enum Tone: String {
            case plain
            case good
            case warning = "warn"
            case bad
        }
    }

    struct Link {
        let linkText: String
        let target: String
    }
}

/// A table whose first column names the rows.
struct Table {
    /// What it is, for those who do not see it.
    let caption: String
    let columns: [Column]
    let rows: [Row]
    /// What stands in place of rows; nil if there are some.
    let none: String?

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - caption: What it is.
    ///   - columns: The headings.
    ///   - rows: The cells of the rows, as many as there are columns.
    ///   - empty: What stands in place of rows if there are none.
    init(_ caption: String, _ columns: [Column], _ rows: [[Cell]], empty: String) {
        self.caption = caption
        self.columns = columns
        self.rows = rows.map { Row(header: $0.first ?? Cell(), cells: Array($0.dropFirst())) }
        none = rows.isEmpty ? empty : nil
    }

    struct Column: ExpressibleByStringLiteral {
        let columnText: String
        let isAmount: Bool

        init(_ text: String, isAmount: Bool = false) {
            columnText = text
            self.isAmount = isAmount
        }

        init(stringLiteral text: String) {
            self.init(text)
        }
    }

    struct Row {
        let header: Cell
        let cells: [Cell]
    }
}

/// A cell of a table.
struct Cell {
    let content: [Piece]
    let isNumber: Bool

    init(_ pieces: Piece..., isNumber: Bool = false) {
        content = pieces
        self.isNumber = isNumber
    }

    init(pieces: [Piece]) {
        content = pieces
        isNumber = false
    }

    static func text(_ text: String) -> Cell { Cell(.text(text)) }
    static func number(_ text: String) -> Cell { Cell(.text(text), isNumber: true) }
}
