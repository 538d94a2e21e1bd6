/// What is wrong with the settings of an upstream; holds no secret.
package struct InvalidUpstreamSettings: Error, Sendable, Hashable, CustomStringConvertible {
    /// The setting below `[upstream.<id>]`, or the environment's variable.
    package let key: String
    /// What is wrong and what was meant.
    package let message: String

    init(key: String, _ message: String) {
        self.key = key
        self.message = message
    }

    package var description: String { "\(key): \(message)" }
}
