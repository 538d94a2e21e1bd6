/// Reads Prometheus' text format as strictly as its documentation describes it.
enum PrometheusParser {
    struct Malformed: Error {
        let line: String
    }

    /// The value of each sample, by name and labels as written.
    static func samples(of text: String) throws -> [String: Double] {
        guard text.hasSuffix("\n") else { throw Malformed(line: "the last one has no end") }
        var samples: [String: Double] = [:]
        var families: [String: String] = [:]
        var helped: Set<String> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if let help = line.wholeMatch(of: /# HELP ([a-z_]+) .+/) {
                guard helped.insert(String(help.1)).inserted else { throw Malformed(line: String(line)) }
            } else if let type = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge|histogram)/) {
                guard families.updateValue(String(type.2), forKey: String(type.1)) == nil else {
                    throw Malformed(line: String(line))
                }
            } else {
                let (key, value) = try sample(line, families)
                guard samples.updateValue(value, forKey: key) == nil else { throw Malformed(line: String(line)) }
            }
        }
        guard helped == Set(families.keys) else { throw Malformed(line: "HELP and TYPE differ") }
        return samples
    }

    private static func sample(_ line: Substring, _ families: [String: String]) throws -> (String, Double) {
        let label = #/[a-z]+="(?:[^"\\\n]|\\[\\"n])*"/#
        guard let match = line.wholeMatch(of: /(([a-z_]+)(\{([^ ]*)\})?) ([0-9.e+-]+)/), let value = Double(match.5)
        else {
            throw Malformed(line: String(line))
        }
        let name = String(match.2)
        let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) && families[name] == nil }
        let family = base.map { String(name.dropLast($0.utf8.count)) } ?? name
        guard let type = families[family], base == nil || type == "histogram" else {
            throw Malformed(line: String(line))
        }
        for written in (match.4 ?? "").split(separator: ",") where written.wholeMatch(of: label) == nil {
            throw Malformed(line: String(line))
        }
        return (String(match.1), value)
    }
}
