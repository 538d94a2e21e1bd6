/// Everything that is wrong with a configuration, in the order of the file.
package struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// The single errors; never empty.
    package let errors: [ConfigurationError]

    init(_ errors: [ConfigurationError]) {
        self.errors = errors.enumerated()
            .sorted { ($0.element.place.order, $0.offset) < ($1.element.place.order, $1.offset) }
            .map(\.element)
    }

    /// One line for each error.
    package var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}

/// One thing that is wrong with a configuration.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where it is.
    package let place: ConfigurationPlace
    /// What is wrong and what was meant; it never holds a secret.
    package let message: String

    /// `cellar.toml:3: server.listen must be …`.
    package var description: String {
        "\(place): \(message)"
    }
}

/// Where a value, or what is wrong with it, stands.
package enum ConfigurationPlace: Sendable, Hashable, CustomStringConvertible {
    /// A line of the file, counted from 1; nil if the file as a whole is meant.
    case file(String, line: Int?)
    /// A variable of the environment.
    case environment(String)
    /// Nowhere: the value is the key's default.
    case defaults

    package var description: String {
        switch self {
        case .file(let name, nil): name
        case .file(let name, let line?): "\(name):\(line)"
        case .environment(let name): name
        case .defaults: "defaults"
        }
    }

    /// Files first, by line, then the environment.
    fileprivate var order: Int {
        switch self {
        case .file(_, let line): line ?? 0
        case .environment: .max - 1
        case .defaults: .max
        }
    }
}
