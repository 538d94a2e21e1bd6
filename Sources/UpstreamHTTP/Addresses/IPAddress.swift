import Glibc

/// An IPv4 or IPv6 address: four or sixteen bytes in network order.
struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an address in its usual form, without brackets or zone.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: six) { Array($0) }
        } else {
            return nil
        }
    }

    /// Whether links and redirects may not lead there: it is this machine's, its network's, or nobody's.
    ///
    /// The documentation ranges (RFC 5737, RFC 3849) are free.
    var isForbidden: Bool {
        if bytes.count == 4 { return Self.forbidden.contains { $0.contains(bytes) } }
        if let inner = Self.embedding.first(where: { $0.range.contains(bytes) }) {
            return IPAddress(bytes: Array(bytes[inner.offset..<inner.offset + 4])).isForbidden
        }
        return Self.forbidden.contains { $0.contains(bytes) }
    }

    private static let forbidden = [
        "0.0.0.0/8",  // this network, and the unspecified address (RFC 1122)
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private (RFC 1918)
        "100.64.0.0/10",  // carriers' (RFC 6598)
        "127.0.0.0/8",  // loopback
        "169.254.0.0/16",  // link-local, and clouds' metadata (RFC 3927)
        "192.0.0.0/24",  // protocols' (RFC 6890)
        "224.0.0.0/4",  // multicast
        "240.0.0.0/4",  // reserved, and broadcast
        "64:ff9b:1::/48",  // a network's own NAT64 (RFC 8215)
        "100::/64",  // discarded (RFC 6666)
        "2001::/32",  // Teredo, whose IPv4 address is hidden (RFC 4380)
        "fc00::/7",  // unique-local (RFC 4193)
        "fe80::/10", "fec0::/10",  // link-local, and the old site-local
        "ff00::/8",  // multicast
    ].compactMap(AddressBlock.init)

    /// IPv6 ranges that hold an IPv4 address, and where in them it stands. `::` and `::1` are among the first.
    private static let embedding: [(range: AddressBlock, offset: Int)] = [
        ("::/96", 12), ("::ffff:0:0/96", 12), ("::ffff:0:0:0/96", 12), ("64:ff9b::/96", 12), ("2002::/16", 2),
    ].compactMap { text, offset in AddressBlock(text).map { ($0, offset) } }
}

extension IPAddress: CustomStringConvertible {
    /// The usual form, without brackets.
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A block of addresses in CIDR notation (RFC 4632).
struct AddressBlock: Sendable, Hashable {
    private let first: [UInt8]
    private let prefixLength: Int

    /// Reads `10.0.0.0/8` or `fc00::/7`; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...address.bytes.count * 8).contains(length)
        else { return nil }
        first = address.bytes
        prefixLength = length
    }

    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == first.count else { return false }
        let whole = prefixLength / 8
        guard address.prefix(whole) == first.prefix(whole) else { return false }
        let rest = prefixLength % 8
        return rest == 0 || (address[whole] ^ first[whole]) >> UInt8(8 - rest) == 0
    }
}
