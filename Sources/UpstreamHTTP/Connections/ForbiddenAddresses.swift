import PackagingStandards

extension IPAddress {
    /// Whether links and redirects may not lead there: it is this machine's, its network's, or nobody's.
    ///
    /// The documentation ranges (RFC 5737, RFC 3849) are free.
    var isForbidden: Bool {
        let address = unmapped
        if address.bytes.count == 16, let inner = Self.embedding.first(where: { $0.range.contains(address) }) {
            return IPAddress(bytes: Array(address.bytes[inner.offset..<inner.offset + 4])).isForbidden
        }
        return Self.forbidden.contains { $0.contains(address) }
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
    ].compactMap { AddressRange($0) }

    /// IPv6 ranges that hold an IPv4 address, and where in them it stands. `::` and `::1` are among the first.
    private static let embedding: [(range: AddressRange, offset: Int)] = [
        ("::/96", 12), ("::ffff:0:0:0/96", 12), ("64:ff9b::/96", 12), ("2002::/16", 2),
    ].compactMap { text, offset in AddressRange(text).map { ($0, offset) } }
}
