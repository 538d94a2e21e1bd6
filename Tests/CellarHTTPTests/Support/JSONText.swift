import FoundationEssentials

/// Looks into a JSON object of lists of objects.
enum JSONText {
    private struct Anything: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    /// The strings that the objects of a list have under a name.
    static func values(of name: String, in list: String, of text: String) throws -> [String] {
        struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
        struct Lists: Decodable {
            let lists: [String: [[String: Anything]]]
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                var lists: [String: [[String: Anything]]] = [:]
                for key in container.allKeys {
                    lists[key.stringValue] = try? container.decode([[String: Anything]].self, forKey: key)
                }
                self.lists = lists
            }
        }
        let lists = try JSONDecoder().decode(Lists.self, from: Data(text.utf8)).lists
        return (lists[list] ?? []).compactMap { $0[name]?.text }
    }
}
