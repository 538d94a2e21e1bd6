import Glibc
import Logging

/// The service manager that started the server, such as systemd, if it wants to know how the server is getting on
/// (sd_notify(3), `Type=notify`).
///
/// It names a datagram socket in `NOTIFY_SOCKET`: a path, or a name in the abstract namespace after `@`. Nothing depends
/// on what it is told: a message that cannot be sent is a warning in the log.
struct ServiceManager: Sendable {
    private let socketName: String?
    private let logger: Logger

    /// Finds the service manager in the variables of the process. Without one, nothing is sent.
    init(environment: [String: String], logger: Logger) {
        socketName = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        self.logger = logger
    }

    /// Says that the server prepares to listen.
    func starting() {
        send(["STATUS=Opening the database and the storage"])
    }

    /// Says that the server accepts requests: what was ordered after it may start.
    func ready(address: String) {
        send(["READY=1", "STATUS=Serving at \(address)"])
    }

    /// Says that the shutdown has begun, and how long it may take: the manager waits for that long, whatever its own
    /// limit is.
    func stopping(within time: Duration) {
        let (seconds, attoseconds) = time.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        send([
            "STOPPING=1", "STATUS=Finishing requests under way",
            // What is closed after the requests have ended takes time, too.
            "EXTEND_TIMEOUT_USEC=\(microseconds + Self.timeToClose)",
        ])
    }

    /// Microseconds.
    private static let timeToClose: Int64 = 10_000_000

    private func send(_ assignments: [String]) {
        guard let socketName else { return }
        guard let number = Self.send(Array(assignments.joined(separator: "\n").utf8), to: socketName) else { return }
        logger.warning(
            "the service manager cannot be told how the server is getting on",
            metadata: ["NOTIFY_SOCKET": "\(socketName)", "error": "\(String(cString: strerror(number)))"])
    }

    /// Sends one datagram. Returns why it could not be sent, as a value of `errno`; nil if it was.
    private static func send(_ message: [UInt8], to socketName: String) -> CInt? {
        // Other forms, such as vsock:, are for virtual machines.
        guard socketName.hasPrefix("/") || socketName.hasPrefix("@") else { return EAFNOSUPPORT }
        var name = Array(socketName.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard name.count <= MemoryLayout.size(ofValue: address.sun_path) else { return ENAMETOOLONG }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        // The length counts: an abstract name has no end of its own.
        let length = MemoryLayout<sa_family_t>.size + name.count

        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        return withUnsafeBytes(of: &address) { address in
            address.withMemoryRebound(to: sockaddr.self) { address in
                while true {
                    let count = sendto(
                        descriptor, message, message.count, CInt(MSG_NOSIGNAL), address.baseAddress,
                        socklen_t(length))
                    if count >= 0 { return nil }
                    if errno != EINTR { return errno }
                }
            }
        }
    }
}
