extension WrittenSettings {
    /// Lays the variables of the environment over what the file says.
    mutating func override(with environment: [String: String]) {
        let variables = environment.filter { $0.key.hasPrefix("CELLAR_") }
        guard !variables.isEmpty else { return }
        let known = overridable()
        for (name, text) in variables.sorted(by: { $0.key < $1.key }) {
            let place = ConfigurationPlace.environment(name)
            guard let targets = known[name] else {
                if let message = explainUnknown(name, known: known.keys) {
                    errors.append(ConfigurationError(place: place, message: message))
                }
                continue
            }
            guard targets.count == 1 else {
                let paths = targets.map { $0.path.joined(separator: ".") }.sorted().joined(separator: " or ")
                errors.append(ConfigurationError(place: place, message: "may mean \(paths): write it in the file"))
                continue
            }
            let (path, key) = targets[0]
            dropSecretFromFile(at: path)
            values[path] = Value(raw: key.shape.read(environment: text), place: place)
        }
    }

    /// Returns every setting that can be written, by the name of its variable.
    private func overridable() -> [String: [(path: [String], key: any DeclaredKey)]] {
        var known: [String: [(path: [String], key: any DeclaredKey)]] = [:]
        for key in DeclaredKeys.all {
            let paths =
                switch key.pattern.first {
                case "index": indexes.map { key.path(named: $0.name) }
                case "upstream": upstreams.map { key.path(named: $0.name) }
                case "users": users.map { key.path(named: $0.name) }
                case "issuer": issuers.map { key.path(named: $0.name) }
                case "tokens": tokens.map { key.path(named: $0.name) }
                case "sso": sso.map { key.path(named: $0.name) }
                case "groups": groups.map { key.path(named: $0) }
                default: [key.pattern]
                }
            for path in paths { known[environmentName(of: path), default: []].append((path, key)) }
        }
        return known
    }

    /// Drops the other key of a secret from the file: the environment stands for the secret and for the file that holds
    /// it.
    private mutating func dropSecretFromFile(at path: [String]) {
        guard let name = path.last else { return }
        let section = Array(path.dropLast())
        for key in DeclaredKeys.all where key.isSecret && key.matches(section + [key.name]) {
            let fileName = key.name + "_file"
            guard name == key.name || name == fileName else { continue }
            let other = section + [name == key.name ? fileName : key.name]
            if case .file = values[other]?.place { values[other] = nil }
        }
    }

    /// Returns what is wrong with an unknown variable, or nil if it is not meant for Cellar.
    private func explainUnknown(_ name: String, known: some Collection<String>) -> String? {
        guard !isServiceVariable(name) else { return nil }
        if let meant = nearest(to: name, among: known.sorted()) {
            return "there is no such setting; did you mean \(meant)?"
        }
        let sections = DeclaredKeys.sections.map { $0.pattern[0] }
        guard let section = sections.first(where: { name.hasPrefix(environmentName(of: [$0]) + "_") }) else {
            return nil
        }
        switch section {
        case "index":
            let names = indexes.map(\.name).joined(separator: ", ")
            return "there is no such setting: the environment overrides keys of the indexes that the file has "
                + "(\(names)); it can't add an index"
        case "upstream":
            let names = upstreams.map(\.name).joined(separator: ", ")
            return "there is no such setting: the environment overrides keys of the upstreams that the file has "
                + "(\(names)); it can't add an upstream"
        case "users":
            return
                "there is no such setting: the environment overrides keys of the users that the file has; it can't add "
                + "a user"
        case "sso":
            let names = sso.isEmpty ? "none" : sso.map(\.name).joined(separator: ", ")
            return "there is no such setting: the environment overrides keys of the providers that the file has "
                + "(\(names)); it can't add a provider"
        case "issuer":
            let names = issuers.isEmpty ? "none" : issuers.map(\.name).joined(separator: ", ")
            return "there is no such setting: the environment overrides keys of the issuers that the file has "
                + "(\(names)); it can't add an issuer"
        case "tokens":
            return
                "there is no such setting: the environment overrides keys of the tokens that the file has; it can't add "
                + "a token"
        case "groups":
            return "there is no such group: the environment overrides groups that the file has; it can't add one"
        default:
            return "there is no such setting: see [\(section)] in the configuration reference"
        }
    }

    /// Returns whether Kubernetes sets the variable for a service of this name (`CELLAR_SERVER_PORT_80_TCP`).
    private func isServiceVariable(_ name: String) -> Bool {
        name.contains("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.hasSuffix("_PORT")
            || name.contains("_PORT_")
    }
}

/// Returns the variable that overrides a setting: `CELLAR_`, then the path in capitals, with `_` for all else.
func environmentName(of path: [String]) -> String {
    let parts = path.map { part in
        String(part.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
    return "CELLAR_" + parts.joined(separator: "_")
}
