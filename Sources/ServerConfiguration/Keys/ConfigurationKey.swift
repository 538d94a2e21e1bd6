/// A key of `cellar.toml`: all that is known about it, once.
///
/// The table of these (`DeclaredKeys`) drives checking, the names in the environment, the file that `cellar init`
/// writes, and the reference page.
struct ConfigurationKey<Value: Sendable>: DeclaredKey {
    let pattern: [String]
    let type: ValueType<Value>
    let defaultValue: Value
    let defaultNote: String?
    let example: String?
    let isSecret: Bool
    let help: String

    /// Declares a key.
    ///
    /// - Parameters:
    ///   - pattern: The path, with `*` for a name that people choose: `index.*.read`.
    ///   - type: What its value is.
    ///   - defaultValue: The value if the key is left out.
    ///   - defaultNote: What happens if the key is left out and the default value doesn't say it.
    ///   - example: A value as it would stand in the file, for the file that `cellar init` writes.
    ///   - isSecret: Whether the value is never shown, and may come from a file that `<key>_file` names.
    ///   - help: One or two sentences for people.
    init(
        _ pattern: String, _ type: ValueType<Value>, default defaultValue: Value, defaultNote: String? = nil,
        example: String? = nil, isSecret: Bool = false, help: String
    ) {
        self.pattern = pattern.split(separator: ".").map(String.init)
        self.type = type
        self.defaultValue = defaultValue
        self.defaultNote = defaultNote
        self.example = example
        self.isSecret = isSecret
        self.help = help
    }

    var typeName: String { type.name }
    var shape: ValueShape { type.shape }
    var renderedDefault: String? { type.render(defaultValue) }

    func problem(with raw: RawValue) -> ValueProblem? {
        do throws(ValueProblem) {
            _ = try type.parse(raw)
            return nil
        } catch {
            return error
        }
    }
}

extension ConfigurationKey where Value == Secret? {
    /// The key that names a file which holds this secret.
    var fileKey: ConfigurationKey<String?> {
        ConfigurationKey<String?>(
            pattern.joined(separator: ".") + "_file", ValueType<String>.path.optional, default: nil,
            defaultNote: "none", example: quoted("/run/secrets/" + (pattern.last ?? "secret")),
            help: "A file that holds `\(pattern.last ?? "")`; one line break at its end is ignored.")
    }
}

/// What checking, the environment and the written forms need to know of a key, whatever its type.
protocol DeclaredKey: Sendable {
    /// The path, with `*` for a name that people choose.
    var pattern: [String] { get }
    var typeName: String { get }
    var shape: ValueShape { get }
    /// The default as it would stand in the file; nil if there is none.
    var renderedDefault: String? { get }
    var defaultNote: String? { get }
    var example: String? { get }
    var isSecret: Bool { get }
    var help: String { get }

    /// Returns why a value can't be the value of this key, or nil if it can.
    func problem(with raw: RawValue) -> ValueProblem?
}

extension DeclaredKey {
    /// The pattern as people read it: `index.<name>.read`.
    var displayName: String {
        pattern.map { $0 == "*" ? "<name>" : $0 }.joined(separator: ".")
    }

    /// The last part, as it stands before the `=`.
    var name: String {
        pattern.last == "*" ? "<name>" : pattern.last ?? ""
    }

    /// The pattern of the section that the key stands in.
    var section: [String] {
        pattern.dropLast()
    }

    /// Returns the path of this key for a name that people chose.
    func path(named name: String?) -> [String] {
        pattern.map { $0 == "*" ? name ?? $0 : $0 }
    }

    /// Returns whether a path in the file is that of this key.
    func matches(_ path: [String]) -> Bool {
        path.count == pattern.count && zip(pattern, path).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// Returns whether a path in the file leads to this key.
    func isInside(_ path: [String]) -> Bool {
        path.count < pattern.count && zip(pattern, path).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
