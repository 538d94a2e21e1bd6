/// The signs that distinguish a project's page in HTML from other pages that a server may send instead: a proxy's
/// notice, a form to sign in, an error, the shell of a web application.
///
/// Pages of PyPI, devpi, pypiserver, Artifactory, Nexus, GitLab and static generators state their version (PEP 629) or
/// have the title "Links for …" or "Simple index"; listings of web servers have the folder as their title; and a bare
/// page says nothing at all. So a page can be recognized even if it has no file of the project.
struct SimplePageMarks {
    /// Whether the page says that it belongs to the simple API.
    private(set) var isDeclared = false
    private var title = ""
    private var heading = ""
    private var isInHeading = false
    private var hasText = false
    /// Whether the page has something that no list of links has.
    private var hasForeignParts = false
    private var asksForPassword = false

    /// The longest title that is read, in bytes: a title with a project's name is shorter.
    private static let longestTitle = 1024
    /// The elements that no list of links has.
    private static let foreignElements: [StaticString] = [
        "form", "input", "script", "iframe", "frame", "img", "svg", "object", "noscript", "video", "button",
    ]
    private static let leads = [
        "links for ", "links of ", "index of ", "directory listing for ", "listing of ", "files for ", "files of ",
    ]
    private static let generalTitles = ["simple index", "simple package index"]
    private static let waysUp = ["..", "../", "parent directory", "[to parent directory]"]

    mutating func declare() {
        isDeclared = true
    }

    mutating func take(title text: UnsafeRawBufferPointer) {
        title = Self.text(text.trimmed)
    }

    mutating func beginHeading() {
        isInHeading = heading.isEmpty
    }

    mutating func endHeading() {
        isInHeading = false
    }

    mutating func take(text: UnsafeRawBufferPointer) {
        if isInHeading, heading.utf8.count <= Self.longestTitle { heading += Self.text(text) }
        guard !hasText else { return }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else { return }
        hasText = !Self.waysUp.contains(Self.text(trimmed).lowercased())
    }

    mutating func take(element name: UnsafeRawBufferPointer) {
        guard !hasForeignParts, name.count > 2 else { return }
        hasForeignParts = Self.foreignElements.contains { name.isEqualIgnoringCase(to: $0) }
    }

    /// Notes that the page sends browsers elsewhere by itself.
    mutating func takeRefresh() {
        hasForeignParts = true
    }

    mutating func take(inputType type: UnsafeRawBufferPointer) {
        if type.isEqualIgnoringCase(to: "password") { asksForPassword = true }
    }

    /// Returns whether a page with these files is the project's page.
    func isPage(of project: NormalizedName, _ files: [SimpleFile]) -> Bool {
        if files.contains(where: { Self.isFile($0.filename, of: project) }) { return true }
        guard !asksForPassword else { return false }
        if isDeclared || names(project, title) || names(project, heading) { return true }
        return files.isEmpty && !hasText && !hasForeignParts && title.isEmpty
    }

    /// Returns whether a title is that of the project's page, or of any page of the simple API.
    private func names(_ project: NormalizedName, _ title: String) -> Bool {
        let folded = title.lowercased()
        let words = title.split { $0.isWhitespace }.map { String($0) }
        if Self.generalTitles.contains(words.joined(separator: " ").lowercased()) { return true }
        guard let last = title.split(whereSeparator: { $0.isWhitespace || $0 == "/" }).last,
            NormalizedName(String(last)) == project
        else { return false }
        // Only the name or a path, or the words with which listings begin.
        return words.count == 1 || Self.leads.contains { folded.contains($0) }
    }

    private static func isFile(_ filename: String, of project: NormalizedName) -> Bool {
        var name: [UInt8] = []
        let wanted = Array(project.description.utf8)
        for byte in filename.utf8 where name.count <= wanted.count {
            let isSeparator = ASCII.isSeparator(byte)
            if isSeparator, name.last == ASCII.hyphen { continue }
            name.append(isSeparator ? ASCII.hyphen : ASCII.lowercased(byte))
        }
        return name.count == wanted.count + 1 && name.last == ASCII.hyphen && name.dropLast().elementsEqual(wanted)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        HTMLScanner.escaped(bytes[part: 0..<min(bytes.count, longestTitle)]).string
    }
}
