extension SettingsReader {
    /// The value of a key that is secret, or of the file that `<key>_file` names.
    mutating func secret(_ key: ConfigurationKey<Secret?>, named name: String? = nil) -> Secret? {
        let fileKey = key.fileKey
        let (setting, fileSetting) = (
            key.path(named: name).joined(separator: "."), fileKey.path(named: name).joined(separator: ".")
        )
        let secret = value(of: key, named: name)
        guard let file = value(of: fileKey, named: name) else { return secret }
        if isWritten(key, named: name) {
            fail("give \(setting) or \(fileSetting), not both", at: place(of: fileKey, named: name))
            return secret
        }
        let problem: String
        do throws(SmallFile.Failure) {
            var bytes = try SmallFile.read(file)
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            if let text = String(validating: bytes, as: UTF8.self), !text.isEmpty {
                if let refusal = key.problem(with: .text(text)) {
                    problem = "it \(refusal.message)"
                } else {
                    return Secret(text)
                }
            } else {
                problem = bytes.isEmpty ? "it is empty" : "it is not text in UTF-8"
            }
        } catch {
            problem = error.message
        }
        fail("\(fileSetting): \(quoted(file)) can't be used: \(problem)", at: place(of: fileKey, named: name))
        return nil
    }
}
