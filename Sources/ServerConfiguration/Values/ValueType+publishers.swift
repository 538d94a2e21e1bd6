import PackagingStandards
import Registry

/// A publisher in the words of `cellar publisher add`; whether there is its issuer, and whether enough is said of its
/// jobs, is looked at later.
struct WrittenPublisher: Sendable, Hashable {
    var text: String
    var issuer: String
    var place: PublisherPlace
    var fields: [PublisherField: String] = [:]
    var claims: [String: TextPattern] = [:]
    var ownerID: String?

    /// Why a text is none: what follows the name of its key.
    struct Problem: Error {
        let message: String
    }

    private static let optionNames =
        ["index", "project", "right", "owner-id", "claim"] + PublisherField.allCases.map(\.rawValue)

    /// Reads the words that follow `cellar publisher add`. Values with spaces cannot be written.
    init(_ text: String) throws(Problem) {
        var words = text.split(separator: " ").map(String.init)
        guard !words.isEmpty, !words[0].hasPrefix("-") else {
            throw Problem(message: "it begins with the name of an issuer, [issuer.<name>]")
        }
        self.text = text
        issuer = words.removeFirst()
        place = PublisherPlace(.write, in: .main, nil)
        var options: [String: String] = [:]
        while !words.isEmpty {
            let (name, value) = try Self.option(&words)
            if name == "claim" {
                try addClaim(value)
            } else if options.updateValue(value, forKey: name) != nil {
                throw Problem(message: "--\(name) is there twice")
            }
        }
        for field in PublisherField.allCases { fields[field] = options[field.rawValue] }
        ownerID = options["owner-id"]
        place = try Self.place(options)
    }

    private static func option(_ words: inout [String]) throws(Problem) -> (name: String, value: String) {
        let word = words.removeFirst()
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = String(parts[0].dropFirst(2))
        guard word.hasPrefix("--"), optionNames.contains(name) else {
            let meant = nearest(to: name, among: optionNames).map { "; did you mean --\($0)?" }
            throw Problem(message: "\(quoted(word)) means nothing here" + (meant ?? ""))
        }
        if parts.count == 2 { return (name, parts[1]) }
        guard !words.isEmpty else { throw Problem(message: "a value must follow --\(name)") }
        return (name, words.removeFirst())
    }

    private mutating func addClaim(_ text: String) throws(Problem) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, claims.updateValue(TextPattern(parts[1]), forKey: parts[0]) == nil else {
            throw Problem(message: "--claim \(text): write each claim once, as name=value")
        }
    }

    private static func place(_ options: [String: String]) throws(Problem) -> PublisherPlace {
        guard let right = PublisherRight(rawValue: options["right"] ?? "write") else {
            throw Problem(message: "--right is write or read")
        }
        let name = options["index"] ?? IndexName.main.description
        guard let index = IndexName(name) else {
            throw Problem(message: "\(quoted(name)) cannot be the name of an index")
        }
        guard let project = options["project"] else {
            guard right == .read else {
                throw Problem(message: "--project is missing: without it a publisher may only read")
            }
            return PublisherPlace(right, in: index, nil)
        }
        guard let pattern = NamePattern(project) else {
            throw Problem(
                message: "\(quoted(project)) is neither the name of a project nor the beginning of names and a star")
        }
        return PublisherPlace(right, in: index, pattern)
    }
}

extension ValueType where Value == WrittenPublisher {
    /// A publisher in the words of `cellar publisher add`.
    static let publisher = text(
        "publisher",
        expected: "a publisher such as \"github --repository acme/widget --workflow release.yml --project widget\"",
        explain: { text in
            do throws(WrittenPublisher.Problem) {
                _ = try WrittenPublisher(text)
                return nil
            } catch {
                return "\(quoted(text)) cannot be used: \(error.message)"
            }
        }, write: { $0.text }
    ) { try? WrittenPublisher($0) }
}
