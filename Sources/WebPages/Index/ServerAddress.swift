/// The address of the server as a client reaches it, in the parts that the pages show.
struct ServerAddress {
    /// Without a last slash.
    let baseURL: String
    /// The host, without a port.
    let host: String
    private let isEncrypted: Bool

    init(baseURL: String) {
        self.baseURL = baseURL
        isEncrypted = baseURL.hasPrefix("https://")
        let rest = baseURL.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let isBracketed = rest.hasPrefix("[")
        let end = isBracketed ? rest.firstIndex(of: "]").map(rest.index(after:)) : rest.lastIndex(of: ":")
        host = String(rest[..<(end ?? rest.endIndex)])
    }

    /// Whether pip uses the address without being told to trust it.
    var isTrustedByPip: Bool {
        isEncrypted || host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
    }
}
