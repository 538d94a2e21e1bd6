import AsyncHTTPClient
import PackagingStandards

/// Decides which requests go through which proxy.
struct ProxyRules: Sendable, Hashable {
    private let secure: ProxyAddress?
    private let plain: ProxyAddress?
    private let exceptions: [Exception]

    /// Reads the proxy of the settings or, if there is none, those of the environment.
    ///
    /// - Parameters:
    ///   - setting: The proxy in the settings, for all requests.
    ///   - environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case (lower case comes
    ///     first), as curl and Python read them.
    /// - Throws: `InvalidUpstreamSettings`, without the value, which may hold a password.
    init(setting: String?, environment: [String: String]) throws(InvalidUpstreamSettings) {
        if let setting {
            let proxy = try Self.read(setting, from: "proxy")
            (secure, plain, exceptions) = (proxy, proxy, [])
            return
        }
        func find(_ names: String...) throws(InvalidUpstreamSettings) -> ProxyAddress? {
            for name in names {
                for spelling in [name.lowercased(), name] {
                    if let value = environment[spelling], !value.isEmpty { return try Self.read(value, from: spelling) }
                }
            }
            return nil
        }
        secure = try find("HTTPS_PROXY", "ALL_PROXY")
        plain = try find("HTTP_PROXY", "ALL_PROXY")
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        exceptions = list.split { $0 == "," || $0 == " " }.compactMap { Exception($0) }
    }

    /// Returns the proxy for an origin, or nil for a direct connection.
    func proxy(for origin: WebAddress.Origin) -> ProxyAddress? {
        guard let proxy = origin.scheme == .https ? secure : plain else { return nil }
        return exceptions.contains { $0.matches(origin) } ? nil : proxy
    }

    private static func read(_ text: String, from name: String) throws(InvalidUpstreamSettings) -> ProxyAddress {
        guard let proxy = ProxyAddress(text) else {
            throw InvalidUpstreamSettings(
                key: name,
                "the proxy must be written as http://[user:password@]host:port, special characters of user and "
                    + "password percent-encoded; other kinds of proxies are not supported")
        }
        return proxy
    }

    /// An entry of `NO_PROXY`: `*`, a host and all below it, an address, or a range of addresses, with a port or without.
    private enum Exception: Sendable, Hashable {
        case everything
        case host(String, port: Int?)
        case addresses(AddressRange, port: Int?)

        init?(_ text: Substring) {
            if text == "*" {
                self = .everything
            } else if let range = AddressRange(around: String(text)) {
                self = .addresses(range, port: nil)
            } else if let place = HostAndPort(text) {
                if let range = AddressRange(around: String(place.host)) {
                    self = .addresses(range, port: place.port)
                } else {
                    guard let host = HostName.canonical(place.host.first == "." ? place.host.dropFirst() : place.host)
                    else { return nil }
                    self = .host(host, port: place.port)
                }
            } else {
                return nil
            }
        }

        func matches(_ origin: WebAddress.Origin) -> Bool {
            switch self {
            case .everything: true
            case .host(let host, let port):
                (port ?? origin.port) == origin.port && (origin.host == host || origin.host.hasSuffix("." + host))
            case .addresses(let range, let port):
                (port ?? origin.port) == origin.port && range.contains(origin.host)
            }
        }
    }
}

/// A proxy, and the credentials for it.
struct ProxyAddress: Hashable, Sendable {
    let host: String
    let port: Int
    let userInfo: UserInfo?

    /// Reads `http://[user[:password]@]host[:port][/]`, user and password percent-encoded, or returns nil for anything
    /// else. The port is 80 if none is written.
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

    /// The proxy as AsyncHTTPClient takes it.
    var configuration: HTTPClient.Configuration.Proxy {
        .server(
            host: host, port: port,
            authorization: userInfo.map { .basic(username: $0.user, password: $0.password) })
    }
}

/// The user and the password before the `@` of an address.
struct UserInfo: Hashable, Sendable {
    let user: String
    let password: String

    init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads `user[:password]`, percent-encoded, or returns nil if the encoding is broken.
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
