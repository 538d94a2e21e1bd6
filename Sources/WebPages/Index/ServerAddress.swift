import PackagingStandards

/// The address of the server as a client reaches it, in the parts that the pages show.
struct ServerAddress {
    /// Without a last slash.
    let baseURL: String
    /// The host, without a port.
    let host: String
    private let isEncrypted: Bool

    init(baseURL: String) {
        self.baseURL = baseURL
        let parts = WebAddressParts(baseURL)
        isEncrypted = parts?.scheme == .https
        let place = parts.flatMap { HostAndPort($0.authority) }
        host = place.map { $0.isBracketed ? "[\($0.host)]" : String($0.host) } ?? String(parts?.authority ?? "")
    }

    /// Whether pip uses the address without an option that trusts it.
    var isTrustedByPip: Bool {
        isEncrypted || host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
    }
}
