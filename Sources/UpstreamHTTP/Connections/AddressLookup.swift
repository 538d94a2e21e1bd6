import Glibc
import PackagingStandards

/// Asks the system for the addresses of a host.
enum AddressLookup {
    /// Why a host has no addresses.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The addresses of a host, in the order in which the system would try them. Blocks, for seconds where the name
    /// server is slow.
    static func addresses(of host: String) throws -> [IPAddress] {
        try ask(host, flags: AI_ADDRCONFIG)
    }

    /// The address that a text means by itself, in any notation the system reads (`127.1`, `0x7f000001`, `2130706433`);
    /// nil for names. Asks nobody.
    static func literal(_ host: String) -> IPAddress? {
        try? ask(host, flags: AI_NUMERICHOST).first
    }

    private static func ask(_ host: String, flags: Int32) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        defer { freeaddrinfo(list) }
        guard status == 0 else { throw Failure(description: String(cString: gai_strerror(status))) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = address(in: current.pointee), !addresses.contains(address) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    private static func address(in entry: addrinfo) -> IPAddress? {
        guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let address = pointer.loadUnaligned(as: sockaddr_in.self).sin_addr
            return IPAddress(bytes: withUnsafeBytes(of: address) { Array($0) })
        case AF_INET6:
            let address = pointer.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return IPAddress(bytes: withUnsafeBytes(of: address) { Array($0) })
        default: return nil
        }
    }
}
