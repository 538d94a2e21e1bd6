import PackagingStandards
import Registry

/// A row of a result, valid only inside the closure that is given it; columns are counted from 0.
protocol SQLRow {
    /// Returns the column's number, or 0 if it is null.
    func integer(_ column: Int) -> Int64

    /// Returns the column's text, empty if it is null.
    func text(_ column: Int) -> String

    /// Returns the column's bytes, none if it is null.
    func bytes(_ column: Int) -> [UInt8]

    /// Returns the column's text, or nil if it is null.
    func optionalText(_ column: Int) -> String?

    /// Returns whether the column's text is this one, without making a text of it.
    func isText(_ column: Int, _ text: String) -> Bool

    /// Returns whether the column is null.
    func isNull(_ column: Int) -> Bool

    /// Returns the digest that the column's text names, or nil if it is null or no digest.
    func digest(_ column: Int) -> SHA256Digest?
}

extension SQLRow {
    func flag(_ column: Int) -> Bool { integer(column) == 1 }
    func timestamp(_ column: Int) -> Timestamp { Timestamp(microseconds: integer(column)) }
    func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
    func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    func isText(_ column: Int, _ text: String) -> Bool { optionalText(column) == text }
    func digest(_ column: Int) -> SHA256Digest? { SHA256Digest(hex: text(column)) }

    func optionalTimestamp(_ column: Int) -> Timestamp? { isNull(column) ? nil : timestamp(column) }
    func optionalDigest(_ column: Int) throws -> SHA256Digest? { isNull(column) ? nil : try requiredDigest(column) }

    /// Returns whether a file is yanked, with the reason in the next column.
    func yanked(_ column: Int) -> Yanked { flag(column) ? .yes(reason: optionalText(column + 1)) : .no }

    /// Returns the upstream that a file came from, with the address in the next column, or nil for a published file.
    func source(_ column: Int) -> FileSource? {
        isNull(column) ? nil : FileSource(upstream: text(column), url: text(column + 1))
    }

    /// Returns the digest of a column that must have one.
    func requiredDigest(_ column: Int) throws -> SHA256Digest {
        guard let digest = digest(column) else { throw StoredValue.contradiction("a digest", text(column)) }
        return digest
    }
}

extension Yanked {
    /// What the columns of a file's row hold: an empty reason is none.
    var columns: (isYanked: Bool, reason: String?) {
        switch self {
        case .no: (false, nil)
        case .yes(let reason): (true, reason.flatMap { $0.isEmpty ? nil : $0 })
        }
    }
}

/// Values of the domain, read back from the texts that the database keeps.
enum StoredValue {
    static func name(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else { throw contradiction("a project name", text) }
        return name
    }

    static func index(_ text: String) throws -> IndexName {
        guard let index = IndexName(text) else { throw contradiction("an index name", text) }
        return index
    }

    static func origin(_ text: String) throws -> ProjectOrigin {
        guard let origin = ProjectOrigin(text) else { throw contradiction("an origin", text) }
        return origin
    }

    static func status(_ text: String) throws -> ProjectStatus {
        guard let status = ProjectStatus(rawValue: text) else { throw contradiction("a project status", text) }
        return status
    }

    /// Returns the error for a stored text that cannot be what it should be.
    static func contradiction(_ kind: String, _ text: String) -> RegistryError {
        RegistryError(
            .internal, "The database contradicts itself; run `cellar check`, and `cellar rebuild` if it finds damage.",
            cause: UnreadableValue(kind: kind, text: text))
    }

    private struct UnreadableValue: Error, CustomStringConvertible {
        let kind: String
        let text: String
        var description: String { "'\(text)' is not \(kind)" }
    }
}
