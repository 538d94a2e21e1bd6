/// An absolute `http` or `https` address, taken apart by one strict reader.
///
/// What is connected to and what is checked are the same text: the host is made of letters, digits, `.`, `-` and `_`
/// only, or is an IPv6 address in brackets, so that no two readers can see different hosts in `description`. User info
/// and fragments are dropped.
struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    enum Scheme: String, Sendable {
        case http
        case https

        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// Scheme, host and port: who is spoken to (RFC 6454).
    struct Origin: Hashable, Sendable, CustomStringConvertible {
        let scheme: Scheme
        /// In lower case, without a dot at its end; an IPv6 address without its brackets.
        let host: String
        let port: Int

        var description: String {
            let name = host.contains(":") ? "[\(host)]" : host
            return "\(scheme.rawValue)://\(name)" + (port == scheme.defaultPort ? "" : ":\(port)")
        }
    }

    let origin: Origin
    /// Path and query, percent-encoded; begins with `/`.
    let target: String

    var host: String { origin.host }

    /// The address as it is asked for.
    var description: String { origin.description + target }

    /// The address for logs and messages: without its query, which may be a signature.
    var redacted: String {
        origin.description + target.prefix { $0 != "?" }
    }
}

extension WebAddress {
    /// Reads an absolute address; nil where it is none, or one that readers could take for different ones.
    init?(_ text: String) {
        guard let colon = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
        else { return nil }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let origin = Origin(scheme: scheme, authority: rest[..<end]) else { return nil }
        self.init(origin: origin, path: rest[end...])
    }

    /// The address that a reference means on the page of this one (RFC 3986 §5.2); nil where it means none.
    func resolving(_ reference: String) -> WebAddress? {
        if reference.contains("://"), let colon = reference.firstIndex(of: ":"),
            !reference[..<colon].contains(where: { "/?#".contains($0) })
        {
            return WebAddress(reference)
        }
        if reference.hasPrefix("//") { return WebAddress("\(origin.scheme.rawValue):\(reference)") }
        // `mailto:x` and its like: a colon before any slash is a scheme.
        let first = reference.prefix { !"/?#".contains($0) }
        guard !first.contains(":") else { return nil }
        if reference.hasPrefix("/") { return WebAddress(origin: origin, path: reference[...]) }
        let path = target.prefix { $0 != "?" }
        if reference.isEmpty || reference.hasPrefix("#") { return self }
        if reference.hasPrefix("?") { return WebAddress(origin: origin, path: (path + reference)[...]) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return WebAddress(origin: origin, path: (folder + reference)[...])
    }

    private init?(origin: Origin, path: Substring) {
        let bare = path.prefix { $0 != "#" }
        let query = bare.firstIndex(of: "?").map { bare[$0...] } ?? ""
        let encoded = Self.encoded(Self.withoutDots(bare.prefix { $0 != "?" })) + Self.encoded(query)
        guard encoded.utf8.count <= 8192 else { return nil }
        self.init(origin: origin, target: encoded.hasPrefix("/") ? encoded : "/" + encoded)
    }

    /// Blanks, controls and bytes beyond ASCII as percent signs and digits.
    private static func encoded(_ text: Substring) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A path without its `.` and `..` (RFC 3986 §5.2.4).
    private static func withoutDots(_ path: Substring) -> Substring {
        guard path.contains("/.") else { return path }
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for segment in segments {
            switch segment {
            case ".": continue
            case "..": _ = kept.popLast()
            default: kept.append(segment)
            }
        }
        if let last = segments.last, last == "." || last == ".." { kept.append("") }
        return "/" + kept.joined(separator: "/")[...]
    }
}

extension WebAddress.Origin {
    /// Reads `[user[:password]@]host[:port]`; nil where it is malformed.
    fileprivate init?(scheme: WebAddress.Scheme, authority: Substring) {
        // Browsers end the authority at a backslash, others do not.
        guard authority.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, let place = parts.last else { return nil }
        let host: Substring
        let port: Substring
        if place.hasPrefix("[") {
            guard let end = place.firstIndex(of: "]") else { return nil }
            host = place[place.index(after: place.startIndex)..<end]
            port = place[place.index(after: end)...]
            guard IPAddress(String(host))?.bytes.count == 16 else { return nil }
        } else {
            host = place.prefix { $0 != ":" }
            port = place[host.endIndex...]
        }
        guard let name = host.contains(":") ? host.lowercased() : HostName.canonical(host),
            let number = Self.port(port, scheme: scheme)
        else { return nil }
        self.init(scheme: scheme, host: name, port: number)
    }

    private static func port(_ text: Substring, scheme: WebAddress.Scheme) -> Int? {
        if text.isEmpty || text == ":" { return scheme.defaultPort }
        let digits = text.dropFirst()
        guard text.first == ":", digits.count <= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), (1...65535).contains(number)
        else { return nil }
        return number
    }
}

/// The names of hosts.
enum HostName {
    /// A name in lower case and without the dot at its end; nil where it has characters that names do not have.
    static func canonical(_ text: some StringProtocol) -> String? {
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let bytes = name.utf8
        guard !bytes.isEmpty, bytes.count <= 253, !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..")
        else {
            return nil
        }
        let isName = bytes.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        return isName ? name : nil
    }

    /// Whether a name is one that is only known inside: `localhost` and its like, and names of one label.
    static func isLocal(_ name: String) -> Bool {
        name == "localhost.localdomain" || name.hasSuffix(".localhost") || !name.contains(".") && !name.contains(":")
    }
}
