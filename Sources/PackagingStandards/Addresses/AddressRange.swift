/// A range of addresses in CIDR notation (RFC 4632), or a single address.
///
/// An IPv4-mapped address is in the ranges of its IPv4 address (`IPAddress.unmapped`).
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let first: IPAddress
    private let prefixLength: Int
    package let description: String

    /// Reads `10.0.0.1`, `10.0.0.0/8`, `::1` or `fd00::/8`; nil for anything else, also if bits after the prefix are
    /// set, which is a typing error.
    package init?(_ text: String) {
        self.init(around: text)
        let bytes = first.bytes
        guard (prefixLength..<bytes.count * 8).allSatisfy({ bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 }) else {
            return nil
        }
    }

    /// Reads a range by any of its addresses: `10.1.2.3/8` is `10.0.0.0/8`.
    package init?(around text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0]))?.unmapped else { return nil }
        first = address
        description = text
        guard parts.count == 2 else {
            prefixLength = address.bytes.count * 8
            return
        }
        guard let length = Int(parts[1]), (0...address.bytes.count * 8).contains(length), String(length) == parts[1]
        else { return nil }
        prefixLength = length
    }

    /// Returns whether the range holds an address.
    package func contains(_ address: IPAddress) -> Bool {
        let bytes = address.unmapped.bytes
        guard bytes.count == first.bytes.count else { return false }
        let whole = prefixLength / 8
        guard bytes.prefix(whole) == first.bytes.prefix(whole) else { return false }
        let rest = prefixLength % 8
        return rest == 0 || (bytes[whole] ^ first.bytes[whole]) >> UInt8(8 - rest) == 0
    }

    /// Returns whether the range holds an address in its text form; a text that is not an address is in no range.
    package func contains(_ address: String) -> Bool {
        IPAddress(address).map { contains($0) } ?? false
    }
}
