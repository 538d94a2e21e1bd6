/// The body of a request to the management API: a JSON object with members of these names and no others.
protocol APIBody: Decodable, Sendable {
    static var members: Set<String> { get }
}

/// Refuses an object with a member that means nothing: a misspelt one would be passed over silently.
struct StrictObject<Body: APIBody>: Decodable {
    let body: Body

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: Name.self).allKeys
        guard let unknown = names.first(where: { !Body.members.contains($0.stringValue) }) else {
            body = try Body(from: decoder)
            return
        }
        throw DecodingError.dataCorrupted(
            DecodingError.Context(codingPath: [unknown], debugDescription: "This member means nothing here."))
    }
}
