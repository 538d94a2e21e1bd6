/// Reads typed values out of what was written, and collects what is wrong with them.
struct SettingsReader {
    private let written: WrittenSettings
    private(set) var errors: [ConfigurationError]
    /// Every value that was asked for, as it will be shown.
    private(set) var effective: [EffectiveSetting] = []

    init(_ written: WrittenSettings) {
        self.written = written
        errors = written.errors
    }

    /// Returns the value of a key, or its default if none is written or it is wrong.
    mutating func value<Value>(of key: ConfigurationKey<Value>, named name: String? = nil) -> Value {
        value(of: key, named: name, default: key.defaultValue)
    }

    /// Returns the value of a key whose default depends on the name.
    mutating func value<Value>(
        of key: ConfigurationKey<Value>, named name: String?, default standard: Value
    ) -> Value {
        let path = key.path(named: name)
        guard let found = written.values[path] else {
            note(key, path, standard, at: .defaults)
            return standard
        }
        do throws(ValueProblem) {
            let value = try key.type.parse(found.raw)
            note(key, path, value, at: found.place)
            return value
        } catch {
            let item = error.item.flatMap { found.itemPlaces.indices.contains($0) ? found.itemPlaces[$0] : nil }
            fail("\(path.joined(separator: ".")) \(error.message)", at: item ?? found.place)
            return key.defaultValue
        }
    }

    /// Returns whether a value is written for a key.
    func isWritten(_ key: some DeclaredKey, named name: String? = nil) -> Bool {
        written.values[key.path(named: name)] != nil
    }

    /// Returns where a key's value stands.
    func place(of key: some DeclaredKey, named name: String? = nil) -> ConfigurationPlace {
        written.values[key.path(named: name)]?.place ?? .defaults
    }

    /// Returns where an item of a key's list stands.
    func place(ofItem item: Int, of key: some DeclaredKey, named name: String?) -> ConfigurationPlace {
        guard let found = written.values[key.path(named: name)], found.itemPlaces.indices.contains(item) else {
            return place(of: key, named: name)
        }
        return found.itemPlaces[item]
    }

    /// Notes an error.
    mutating func fail(_ message: String, at place: ConfigurationPlace) {
        errors.append(ConfigurationError(place: place, message: message))
    }

    private mutating func note<Value>(
        _ key: ConfigurationKey<Value>, _ path: [String], _ value: Value, at place: ConfigurationPlace
    ) {
        effective.append(
            EffectiveSetting(
                path: path, value: key.type.render(value), note: key.defaultNote,
                place: place))
    }
}

extension SettingsReader {
    /// Returns the value of a key that is secret, or of the file that `<key>_file` names.
    mutating func secret(_ key: ConfigurationKey<Secret?>, named name: String? = nil) -> Secret? {
        value(of: key, named: name, orFile: key.fileKey)
    }

    /// Returns the value of a key, or the one in the file that another key names.
    mutating func value<Value>(
        of key: ConfigurationKey<Value>, named name: String? = nil, orFile fileKey: ConfigurationKey<String?>
    ) -> Value {
        let (setting, fileSetting) = (
            key.path(named: name).joined(separator: "."), fileKey.path(named: name).joined(separator: ".")
        )
        let written = value(of: key, named: name)
        guard let file = value(of: fileKey, named: name) else { return written }
        if isWritten(key, named: name) {
            fail("give \(setting) or \(fileSetting), not both", at: place(of: fileKey, named: name))
            return written
        }
        let problem: String
        do throws(SmallFile.Failure) {
            var bytes = try SmallFile.read(file)
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            if let text = String(validating: bytes, as: UTF8.self), !text.isEmpty {
                switch Result(catching: { () throws(ValueProblem) in try key.type.parse(.text(text)) }) {
                case .success(let value):
                    // A default would be shown that is not in force.
                    if key.renderedDefault != nil {
                        effective.removeAll { $0.path == key.path(named: name) }
                        note(key, key.path(named: name), value, at: place(of: fileKey, named: name))
                    }
                    return value
                case .failure(let refusal): problem = "it \(refusal.message)"
                }
            } else {
                problem = bytes.isEmpty ? "it is empty" : "it is not text in UTF-8"
            }
        } catch {
            problem = error.message
        }
        fail("\(fileSetting): \(quoted(file)) can't be used: \(problem)", at: place(of: fileKey, named: name))
        return key.defaultValue
    }
}
