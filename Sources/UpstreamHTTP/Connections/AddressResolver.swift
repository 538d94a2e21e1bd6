import Glibc
import NIOCore
import NIOPosix
import PackagingStandards
import Synchronization

/// Finds the addresses of hosts off the event loops, and remembers them for a short time.
///
/// The system is asked once, however many ask for a host at the same time.
final class AddressResolver: Sendable {
    private struct Entry {
        let search: Task<[IPAddress], any Error>
        let goodUntil: ContinuousClock.Instant
    }

    /// How long an answer is used. The addresses of large hosts change within minutes.
    private static let lifetime = Duration.seconds(30)
    /// How many hosts are remembered. Hosts come from pages, so all are forgotten if there are more.
    private static let capacity = 256

    private let lookUp: @Sendable (String) throws -> [IPAddress]
    private let threads: NIOThreadPool
    private let now: @Sendable () -> ContinuousClock.Instant
    private let entries = Mutex<[String: Entry]>([:])

    init(
        threads: NIOThreadPool, now: @escaping @Sendable () -> ContinuousClock.Instant,
        lookUp: @escaping @Sendable (String) throws -> [IPAddress]
    ) {
        self.lookUp = lookUp
        self.threads = threads
        self.now = now
    }

    /// Returns the addresses of a host, in the order in which to try them. Throws `TimeLimitExceeded`, or the error of the
    /// lookup.
    func addresses(of host: String, within limit: Duration, on eventLoop: any EventLoop) async throws -> [IPAddress] {
        let search = search(for: host)
        do {
            return try await withTimeLimit(limit, on: eventLoop) { try await search.value }
        } catch {
            // Neither a failure nor a search that hangs is remembered.
            entries.withLock { entries in
                if entries[host]?.search == search { entries[host] = nil }
            }
            throw error
        }
    }

    private func search(for host: String) -> Task<[IPAddress], any Error> {
        let moment = now()
        return entries.withLock { entries in
            if let entry = entries[host], entry.goodUntil > moment { return entry.search }
            if entries.count >= Self.capacity { entries = [:] }
            let search = Task { [threads, lookUp] in try await threads.runIfActive { try lookUp(host) } }
            entries[host] = Entry(search: search, goodUntil: moment + Self.lifetime)
            return search
        }
    }
}

/// Asks the operating system for the addresses of hosts.
enum AddressLookup {
    /// Why a host has no addresses.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Returns the addresses of a host, in the order in which the system would try them.
    ///
    /// Blocks, for seconds if the name server is slow. Throws `Failure`.
    static func addresses(of host: String) throws -> [IPAddress] {
        try ask(host, flags: AI_ADDRCONFIG)
    }

    /// Returns the address that a text itself means, in any notation that the system reads (`127.1`, `0x7f000001`,
    /// `2130706433`), or nil for a name. Asks no name server.
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
