@testable import ServerConfiguration

/// The errors of a configuration, one line each; empty if it is right.
func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
    do throws(ConfigurationErrors) {
        _ = try ServerConfiguration.read(text, environment: environment)
        return []
    } catch {
        return error.errors.map(\.description)
    }
}
