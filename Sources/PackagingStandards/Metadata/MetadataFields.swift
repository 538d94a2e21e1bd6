/// Header fields by name, whatever the case of its letters, which remembers who was asked for.
struct MetadataFields {
    private let fields: [HeaderBlock.Field]
    private let placesByName: [String: [Int]]
    private var asked: Set<String> = []

    init(_ fields: [HeaderBlock.Field]) {
        self.fields = fields
        var places: [String: [Int]] = [:]
        for (place, field) in fields.enumerated() {
            places[field.name.lowercased(), default: []].append(place)
        }
        placesByName = places
    }

    /// Whether a field is there, if only empty.
    func isPresent(_ name: String) -> Bool {
        placesByName[name.lowercased()] != nil
    }

    /// The value of a field that has to be there, and only once (the same value twice does no harm).
    mutating func required(_ name: String) throws(CoreMetadataError) -> String {
        let values = list(name)
        guard let value = values.first else { throw .missingField(name) }
        guard values.allSatisfy({ $0 == value }) else { throw .repeatedField(name) }
        return value
    }

    /// The first value of a field; nil if it is left out or empty.
    mutating func single(_ name: String) -> String? {
        list(name).first
    }

    /// The first value of a field that may have several lines; nil if it is left out or empty.
    mutating func text(_ name: String) -> String? {
        for place in places(of: name) {
            let text = MetadataText.multipleLines(fields[place].lines)
            if !text.isEmpty { return text }
        }
        return nil
    }

    /// All values of a field, but for empty ones.
    mutating func list(_ name: String) -> [String] {
        places(of: name).map { MetadataText.singleLine(fields[$0].lines) }.filter { !$0.isEmpty }
    }

    /// The fields that nobody has asked for, in the order written.
    func others() -> [CoreMetadata.Field] {
        fields.filter { !asked.contains($0.name.lowercased()) }
            .map { CoreMetadata.Field(name: $0.name, value: MetadataText.singleLine($0.lines)) }
    }

    private mutating func places(of name: String) -> [Int] {
        let key = name.lowercased()
        asked.insert(key)
        return placesByName[key] ?? []
    }
}
