import PackagingStandards
import Registry
import ServerConfiguration

/// A publisher as a command states it.
public struct PublisherWords: Sendable {
    public var issuer: String
    public var index: String
    /// A project, or the beginning of names and a star; nil for the index.
    public var project: String?
    public var right: String
    public var fields: [String: String]
    /// `name=value` each.
    public var claims: [String]
    public var ownerID: String?

    public init(
        issuer: String, index: String, project: String?, right: String, fields: [String: String], claims: [String],
        ownerID: String?
    ) {
        self.issuer = issuer
        self.index = index
        self.project = project
        self.right = right
        self.fields = fields
        self.claims = claims
        self.ownerID = ownerID
    }
}

extension Installation {
    /// Adds a publisher.
    public func addPublisher(_ words: PublisherWords) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let change = try await usingRights { parts in
                try await parts.registry.publishers.add(try Self.order(words, in: parts), caller: .localOperator)
            }
            let record = change.record
            let isKnown = change.isNew ? "now" : "already"
            console.notify("Jobs of \(record.name) may \(record.place) \(isKnown): publisher \(record.id).")
            if record.isPending { console.notify("The project does not exist yet; the first job creates it.") }
            if record.ownerID == nil, let claim = record.description.kind.ownerClaim {
                console.notify(
                    "Its first job sets the owner (\(claim)); jobs of another owner are refused from then on.")
            }
        }
    }

    /// Removes a publisher.
    public func removePublisher(_ id: Int64) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let record = try await usingRights {
                try await $0.registry.publishers.remove(id, caller: .localOperator)
            }
            console.notify("Jobs of \(record.name) may not \(record.place) any more.")
        }
    }

    /// Prints all publishers, those in an index, or those of a project.
    public func listPublishers(in indexName: String?, of projectName: String?) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let project = try projectName.map(Self.project)
            let lines = try await usingRights { parts in
                let index = try (indexName ?? project.map { _ in IndexName.main.description })
                    .map { try Self.index($0, in: parts) }
                let publishers = parts.registry.publishers
                return try await publishers.publishers(in: index, of: project, caller: .localOperator).map { record in
                    Self.line(of: record, issuer: publishers.issuerName(of: record))
                }
            }
            guard !lines.isEmpty else { return console.notify("There are no such publishers.") }
            for line in lines { console.print(line) }
        }
    }

    private static func line(of record: PublisherRecord, issuer: String?) -> String {
        let description = record.description
        var words = ["\(record.id)", issuer ?? "(\(description.issuer), which the configuration does not name)"]
        for field in PublisherField.allCases {
            if let value = description.fields[field] { words.append("\(field.rawValue)=\(value)") }
        }
        for (name, pattern) in description.claims.sorted(by: { $0.key < $1.key }) { words.append("\(name)=\(pattern)") }
        if let ownerID = record.ownerID { words.append("owner_id=\(ownerID)") }
        let state = record.isPending ? ", which does not exist yet" : ""
        return words.joined(separator: " ")
            + ": \(record.place)\(state), by \(record.addedBy) on \(day(of: record.addedAt))"
            + (record.isDeclared ? ", declared" : "")
    }

    private static func order(_ words: PublisherWords, in parts: Parts) throws -> PublisherOrder {
        guard let right = PublisherRight(rawValue: words.right) else {
            throw CommandFailure(.usage, "\(words.right) is no right of a publisher: it may write or read.")
        }
        let pattern = try words.project.map { text in
            guard let pattern = NamePattern(text) else {
                throw CommandFailure(
                    .usage,
                    "\(text) is neither a project's name nor the beginning of names and a star, such as acme-*.")
            }
            return pattern
        }
        var fields: [PublisherField: String] = [:]
        for (name, value) in words.fields {
            guard let field = PublisherField(rawValue: name) else {
                throw CommandFailure(.usage, "\(name) describes no publisher.")
            }
            fields[field] = value
        }
        var claims: [String: TextPattern] = [:]
        for text in words.claims {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, claims[parts[0]] == nil else {
                throw CommandFailure(.usage, "--claim \(text): write each claim once, as name=value.")
            }
            claims[parts[0]] = TextPattern(parts[1])
        }
        return PublisherOrder(
            issuer: words.issuer, place: PublisherPlace(right, in: try index(words.index, in: parts), pattern),
            fields: fields, claims: claims, ownerID: words.ownerID)
    }
}
