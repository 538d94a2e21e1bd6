#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An IPv4 or IPv6 address: four or sixteen bytes in network order.
package struct IPAddress: Hashable, Sendable {
    package let bytes: [UInt8]

    /// Takes four or sixteen bytes in network order.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an address in its usual form, without brackets, zone or port.
    package init?(_ text: String) {
        // `inet_pton` stops at a NUL.
        guard !text.utf8.contains(0) else { return nil }
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

    /// The IPv4 address of an IPv4-mapped address (`::ffff:10.0.0.1`, RFC 4291 §2.5.5.2), else the address itself.
    ///
    /// All decisions about an address are made about this one.
    package var unmapped: IPAddress {
        let isMapped = bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11] == [0xFF, 0xFF]
        return isMapped ? IPAddress(bytes: Array(bytes.suffix(4))) : self
    }

    /// The part of the address by which its user is known: of IPv6 the first 64 bits, since each network, and so each
    /// customer of a provider, has as many addresses as it wants (RFC 6177). The rest is 0.
    package var network: [UInt8] {
        let bytes = unmapped.bytes
        return bytes.count == 16 ? bytes.prefix(8) + [UInt8](repeating: 0, count: 8) : bytes
    }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        let bytes = unmapped.bytes
        return bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
    }
}

extension IPAddress: CustomStringConvertible {
    /// The usual form, without brackets.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
