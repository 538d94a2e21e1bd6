import PackagingStandards
package import Provenance

/// What an index asks of the attestations of uploads (PEP 740).
public struct AttestingRule: Sendable, Hashable {
    /// The projects whose files must come with verified attestations.
    public enum Scope: Sendable, Hashable {
        case all
        case projects([NamePattern])
    }

    public var required: Scope
    /// The publishers whose attestations are accepted; those of any if empty.
    public var publishers: [PublisherPattern]

    public init(required: Scope = .projects([]), publishers: [PublisherPattern] = []) {
        self.required = required
        self.publishers = publishers
    }

    /// Returns whether the files of a project must come with verified attestations.
    func isRequired(of project: NormalizedName) -> Bool {
        switch required {
        case .all: true
        case .projects(let patterns): patterns.contains { $0.matches(project) }
        }
    }

    /// Returns whether a publisher's attestations are accepted.
    func accepts(_ publisher: Publisher) -> Bool {
        publishers.isEmpty || publishers.contains { $0.matches(publisher) }
    }
}

/// Publishers by the text that names them: `github:owner/name/release.yml`, or with `*` for any text,
/// `github:owner/*`.
public struct PublisherPattern: Sendable, Hashable, CustomStringConvertible {
    private let pattern: TextPattern
    public let description: String

    /// The kinds of publishers that a pattern can begin with.
    public static var kinds: [String] { Publisher.kinds }

    /// Reads a pattern; returns nil if it does not begin with a kind and a colon, or says nothing after that.
    public init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), Self.kinds.contains(String(text[..<colon])),
            text[colon...].utf8.dropFirst().contains(where: { $0 != UInt8(ascii: "*") })
        else { return nil }
        description = text
        pattern = .glob(text)
    }

    /// Returns whether a publisher is meant.
    package func matches(_ publisher: Publisher) -> Bool { pattern.matches(publisher.text) }
}
