import AsyncHTTPClient
import PackagingStandards

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
        guard let parts = WebAddressParts(address), let parsed = WebAddress(parts), parsed.origin.scheme == .http,
            parsed.target == "/"
        else { return nil }
        host = parsed.host
        port = parsed.origin.port
        guard let text = parts.userInfo else {
            userInfo = nil
            return
        }
        guard let userInfo = UserInfo(text) else { return nil }
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

    /// Reads `user[:password]`, percent-encoded; nil if the encoding is broken.
    init?(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = Self.decoded(parts[0]), let password = Self.decoded(parts.count > 1 ? parts[1] : "") else {
            return nil
        }
        self.init(user: user, password: password)
    }

    private static func decoded(_ text: Substring) -> String? {
        PercentCoding.decode(Array(text.utf8)).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
