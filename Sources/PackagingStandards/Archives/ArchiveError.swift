/// Why an archive is refused, or could not be read.
///
/// The text is for people: upload tools print it as it is. It says what is wrong, and what to do unless that is
/// obvious.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who is at fault.
    public enum Kind: Hashable, Sendable {
        /// The file: the archive breaks a rule.
        case refused
        /// A disk or a network: the bytes could not be read, and nothing is known about the file.
        case unreadable
    }

    public let kind: Kind
    /// One sentence without the last full stop.
    public let reason: String
    /// What to do, as a sentence; nil if the file has to be built again.
    public let advice: String?

    /// Makes an error with a text for people.
    public init(_ reason: String, advice: String? = nil, kind: Kind = .refused) {
        self.reason = reason
        self.advice = advice
        self.kind = kind
    }

    public var description: String { reason }
}

extension ArchiveError {
    static let shrunk = ArchiveError("the file became shorter while it was read", kind: .unreadable)

    /// Makes an `unreadable` error of what a source threw, or takes it as it is if it is an `ArchiveError`.
    package init(unreadable error: any Error) {
        self = (error as? ArchiveError) ?? ArchiveError("the file could not be read: \(error)", kind: .unreadable)
    }
}
