import AsyncHTTPClient

/// A proxy that requests go through, and who we are to it.
struct ProxyAddress: Hashable, Sendable {
    let host: String
    let port: Int
    /// Nil for none.
    let userInfo: UserInfo?

    /// Reads `http://[user[:password]@]host[:port][/]`, user info percent-encoded; nil for anything else.
    ///
    /// The port is 80 where none is written.
    init?(_ text: String) {
        let address = text.contains("://") ? text : "http://" + text
        guard let parsed = WebAddress(address), parsed.origin.scheme == .http, parsed.target == "/" else { return nil }
        host = parsed.host
        port = parsed.origin.port
        let authority = address.dropFirst("http://".count).prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else {
            userInfo = nil
            return
        }
        guard let userInfo = UserInfo(authority[..<at]) else { return nil }
        self.userInfo = userInfo
    }

    var configuration: HTTPClient.Configuration.Proxy {
        .server(
            host: host, port: port,
            authorization: userInfo.map { .basic(username: $0.user, password: $0.password) })
    }
}

/// What stands before the `@` of an address.
struct UserInfo: Hashable, Sendable {
    let user: String
    let password: String

    init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads `user[:password]`, percent-encoded; nil where the encoding is broken.
    init?(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = Self.decoded(parts[0]), let password = Self.decoded(parts.count > 1 ? parts[1] : "") else {
            return nil
        }
        self.init(user: user, password: password)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else { return nil }
            bytes.append(value)
            rest.removeFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
