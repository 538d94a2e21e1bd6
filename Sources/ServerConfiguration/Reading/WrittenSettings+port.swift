extension WrittenSettings {
    /// Puts the variable `PORT` in the place of `$PORT` in `server.listen`, and nowhere else: platforms that run
    /// containers say by it where they send requests.
    mutating func fillPort(from environment: [String: String]) {
        let path = DeclaredKeys.listen.path(named: nil)
        guard let written = values[path], case .text(let text) = written.raw,
            let address = ListenAddress.filled(text, port: environment["PORT"] ?? "")
        else { return }
        if let problem = Self.problem(withPort: environment["PORT"]) {
            let message = "server.listen \(quoted(text)) takes its port from the variable PORT, \(problem)"
            errors.append(ConfigurationError(place: written.place, message: message))
            values[path] = nil
        } else {
            values[path] = Value(raw: .text(address), place: written.place)
        }
    }

    private static func problem(withPort text: String?) -> String? {
        guard let text else { return "which is not set" }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        if text.utf8.allSatisfy(digits.contains), let port = Int(text), (1...65_535).contains(port) { return nil }
        return "which must be a port from 1 to 65535, not \(quoted(text))"
    }
}
