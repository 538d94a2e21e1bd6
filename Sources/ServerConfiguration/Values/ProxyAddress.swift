/// The address of an HTTP proxy, which may hold a user name and a password; neither is printed.
package struct ProxyAddress: Sendable, CustomStringConvertible {
    /// `http://[user:password@]host:port`.
    package let url: Secret
    /// The address with a placeholder for user name and password.
    package let description: String

    /// Reads `http://host:port`, with a user name and a password before the host or without; nil for anything else.
    package init?(_ text: String) {
        let scheme = "http://"
        guard text.lowercased().hasPrefix(scheme) else { return nil }
        var authority = text.dropFirst(scheme.count)
        if authority.hasSuffix("/") { authority.removeLast() }
        let host: Substring
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            guard !user.isEmpty, user.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
                return nil
            }
            host = authority[authority.index(after: at)...]
        } else {
            host = authority
        }
        guard let address = ListenAddress(String(host)), address.port > 0 else { return nil }
        url = Secret(scheme + authority)
        description = scheme + (host.startIndex == authority.startIndex ? "" : Secret.placeholder + "@") + host
    }
}
