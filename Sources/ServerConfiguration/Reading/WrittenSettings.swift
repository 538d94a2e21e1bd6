/// What was written for the declared keys, in the file and the environment, before types look at it.
struct WrittenSettings {
    /// A value and where it stands.
    struct Value {
        let raw: RawValue
        let place: ConfigurationPlace
        /// Where each item of a list stands.
        var itemPlaces: [ConfigurationPlace] = []
    }

    /// The values by path (`["index", "main", "read"]`).
    var values: [[String]: Value] = [:]
    /// The indexes in the order of the file; `main` if none is written.
    var indexes: [(name: String, place: ConfigurationPlace)] = []
    /// The upstreams in the order of the file, then `pypi` if it is not written.
    var upstreams: [(name: String, place: ConfigurationPlace)] = []
    /// The users in the order of the file.
    var users: [(name: String, place: ConfigurationPlace)] = []
    /// The providers of single sign-on in the order of the file.
    var sso: [(name: String, place: ConfigurationPlace)] = []
    /// The issuers in the order of the file.
    var issuers: [(name: String, place: ConfigurationPlace)] = []
    /// The tokens in the order of the file.
    var tokens: [(name: String, place: ConfigurationPlace)] = []
    /// The groups in the order of the file.
    var groups: [String] = []
    var errors: [ConfigurationError] = []
}

extension WrittenSettings {
    /// Reads a file and then what the environment overrides.
    ///
    /// - Throws: `ConfigurationError` if the file is not TOML; everything else is collected in `errors`.
    init(text: String, file: String, environment: [String: String]) throws(ConfigurationError) {
        let document = try RawValue.document(text, file: file)
        let lines = KeyLines(text)
        let place = { (path: [String]) in ConfigurationPlace.file(file, line: lines.line(of: path)) }
        walk(document, at: [], place: place)
        if indexes.isEmpty { indexes = [("main", .defaults)] }
        if !upstreams.contains(where: { $0.name == "pypi" }) { upstreams.append(("pypi", .defaults)) }
        override(with: environment)
        fillPort(from: environment)
    }

    private mutating func walk(
        _ members: [String: RawValue], at path: [String], place: ([String]) -> ConfigurationPlace
    ) {
        let inFileOrder = members.keys.sorted { left, right in
            (place(path + [left]).line, left) < (place(path + [right]).line, right)
        }
        for name in inFileOrder {
            guard let raw = members[name] else { continue }
            let path = path + [name]
            if DeclaredKeys.all.contains(where: { $0.matches(path) }) {
                note(raw, at: path, place: place)
            } else if DeclaredKeys.all.contains(where: { $0.isInside(path) }) {
                guard case .table(let members) = raw else {
                    let header = "[" + path.joined(separator: ".") + "]"
                    let message = "\(path.joined(separator: ".")) is a section: write \(header), and its keys below it"
                    errors.append(ConfigurationError(place: place(path), message: message))
                    continue
                }
                noteSection(path, place: place)
                walk(members, at: path, place: place)
            } else {
                let message = UnknownKey.explain(path, isSection: raw.isTable)
                errors.append(ConfigurationError(place: place(path), message: message))
            }
        }
    }

    private mutating func note(_ raw: RawValue, at path: [String], place: ([String]) -> ConfigurationPlace) {
        var value = Value(raw: raw, place: place(path))
        if case .list(let items) = raw { value.itemPlaces = items.indices.map { place(path + ["[\($0)]"]) } }
        values[path] = value
        if path.first == "groups", let name = path.last { groups.append(name) }
    }

    private mutating func noteSection(_ path: [String], place: ([String]) -> ConfigurationPlace) {
        guard path.count == 2 else { return }
        switch path[0] {
        case "index": indexes.append((path[1], place(path)))
        case "upstream": upstreams.append((path[1], place(path)))
        case "users": users.append((path[1], place(path)))
        case "issuer": issuers.append((path[1], place(path)))
        case "tokens": tokens.append((path[1], place(path)))
        case "sso": sso.append((path[1], place(path)))
        default: break
        }
    }
}

extension ConfigurationPlace {
    /// The line, for an order; places without one come first.
    fileprivate var line: Int {
        guard case .file(_, let line) = self else { return 0 }
        return line ?? 0
    }
}

extension RawValue {
    fileprivate var isTable: Bool {
        guard case .table = self else { return false }
        return true
    }
}
