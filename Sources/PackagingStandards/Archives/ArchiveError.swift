/// Why an archive is refused, or could not be read.
///
/// The text is meant for people (upload tools print it as it is): it says what is wrong, and what to do where that
/// is not plain.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whose fault it is.
    public enum Kind: Hashable, Sendable {
        /// The archive breaks a rule: the fault is in the file.
        case refused
        /// The bytes could not be read (a disk, a network): nothing is known about the file.
        case unreadable
    }

    public let kind: Kind
    /// One sentence without the last full stop.
    public let reason: String
    /// What helps, as a sentence, if it is not to build the file again.
    public let advice: String?

    /// An error with a text for people.
    public init(_ reason: String, advice: String? = nil, kind: Kind = .refused) {
        self.reason = reason
        self.advice = advice
        self.kind = kind
    }

    public var description: String { reason }
}

extension ArchiveError {
    static let shrunk = ArchiveError("the file became shorter while it was read", kind: .unreadable)

    /// Makes an `unreadable` error of what a source threw; an `ArchiveError` stays what it is.
    package init(unreadable error: any Error) {
        self = (error as? ArchiveError) ?? ArchiveError("the file could not be read: \(error)", kind: .unreadable)
    }
}
