import Registry

extension ValueType where Value == [String] {
    /// The path of a file, or several.
    static let paths: ValueType = {
        let list = ValueType<String>.path.list(named: "path or list of paths")
        return ValueType(
            name: list.name, shape: .list,
            parse: { (raw) throws(ValueProblem) -> [String] in
                guard case .text = raw else { return try list.parse(raw) }
                return [try ValueType<String>.path.parse(raw)]
            },
            render: { $0.isEmpty ? nil : list.render($0) })
    }()
}

extension ValueType where Value == AttestingRule.Scope {
    /// All projects, none, or those that patterns name. In the environment, `true` and `false` are texts.
    static let attestedProjects: ValueType = {
        let list = ValueType<NamePattern>.namePattern.list(named: "true, false, or list of names and prefixes")
        return ValueType(
            name: list.name, shape: .list,
            parse: { (raw) throws(ValueProblem) -> AttestingRule.Scope in
                switch raw {
                case .boolean(true), .list([.text("true")]): return .all
                case .boolean(false), .list([.text("false")]): return .projects([])
                case .list: return .projects(try list.parse(raw))
                default:
                    throw ValueProblem(
                        message: "must be true, false, or a list of names such as [\"acme-*\"], not \(raw.kind)")
                }
            },
            render: { scope in
                switch scope {
                case .all: "true"
                case .projects([]): "false"
                case .projects(let patterns): list.render(patterns)
                }
            })
    }()
}

extension ValueType where Value == PublisherPattern {
    /// Publishers of attestations.
    static let publisherPattern = text(
        "publisher",
        expected: "a publisher such as \"github:acme/*\", beginning with one of "
            + PublisherPattern.kinds.map { $0 + ":" }.joined(separator: ", "),
        write: { $0.description }
    ) { PublisherPattern($0) }
}
