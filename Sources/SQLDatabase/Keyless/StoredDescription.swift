import FoundationEssentials
import PackagingStandards
import Registry

/// What a publisher's jobs must say, as it stands in its row: one text for one meaning.
struct StoredDescription: Codable {
    private let fields: [String: String]
    private let claims: [String: String]

    init(_ description: PublisherDescription) {
        fields = Dictionary(uniqueKeysWithValues: description.fields.map { ($0.key.rawValue, $0.value) })
        claims = description.claims.mapValues(\.description)
    }

    /// Reads a row. Throws `.internal` for a text that nothing here has written.
    init(text: String) throws {
        guard let stored = try? JSONDecoder().decode(StoredDescription.self, from: Data(text.utf8)) else {
            throw StoredValue.contradiction("the description of a publisher", text)
        }
        self = stored
    }

    /// The text: JSON with its members in the order of their names.
    var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// Returns the description. Throws `.internal` for a field that is not known.
    func description(issuer: String, kind: IssuerKind) throws -> PublisherDescription {
        var known: [PublisherField: String] = [:]
        for (name, value) in fields {
            guard let field = PublisherField(rawValue: name) else {
                throw StoredValue.contradiction("the description of a publisher", name)
            }
            known[field] = value
        }
        return PublisherDescription(
            unchecked: issuer, kind: kind, fields: known, claims: claims.mapValues { TextPattern($0) })
    }
}
