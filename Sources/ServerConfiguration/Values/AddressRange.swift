import Glibc

/// An IPv4 or IPv6 address in network order; an IPv4 address written in IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
struct NetworkAddress: Sendable, Hashable {
    let bytes: [UInt8]

    /// Reads an address in its usual text form, without brackets, zone or port.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: withUnsafeBytes(of: four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: withUnsafeBytes(of: six) { Array($0) })
        } else {
            return nil
        }
    }

    init(bytes: [UInt8]) {
        let isMapped = bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11] == [0xFF, 0xFF]
        self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
    }
}

/// A range of addresses in CIDR notation (RFC 4632), or a single address.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let first: [UInt8]
    private let prefixLength: Int
    package let description: String

    /// Reads `10.0.0.1`, `10.0.0.0/8`, `::1` or `fd00::/8`; nil for anything else, also where bits after the prefix
    /// are set, since that is a slip of the pen.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = NetworkAddress(String(parts[0])) else { return nil }
        first = address.bytes
        description = text
        guard parts.count == 2 else {
            prefixLength = first.count * 8
            return
        }
        guard let length = Int(parts[1]), (0...first.count * 8).contains(length), String(length) == parts[1] else {
            return nil
        }
        prefixLength = length
        guard (length..<first.count * 8).allSatisfy({ first[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 }) else {
            return nil
        }
    }

    /// Whether the range holds an address of four or sixteen bytes in network order.
    package func contains(_ address: [UInt8]) -> Bool {
        let bytes = NetworkAddress(bytes: address).bytes
        guard bytes.count == first.count else { return false }
        let whole = prefixLength / 8
        guard bytes.prefix(whole) == first.prefix(whole) else { return false }
        let rest = prefixLength % 8
        guard rest > 0 else { return true }
        return (bytes[whole] ^ first[whole]) >> UInt8(8 - rest) == 0
    }

    /// Whether the range holds an address in its text form; a text that is no address is in no range.
    package func contains(_ address: String) -> Bool {
        NetworkAddress(address).map { contains($0.bytes) } ?? false
    }
}
