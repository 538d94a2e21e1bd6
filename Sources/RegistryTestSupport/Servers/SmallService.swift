import Glibc
import Synchronization

/// A service on a port of this machine that answers each request as a test says, on a thread for each connection.
package final class SmallService: Sendable {
    package struct Answer: Sendable {
        package var status: String
        package var headers: [String]
        package var body: String
        /// How long it takes to answer: seconds.
        package var delay: Double

        package init(status: String = "200 OK", headers: [String] = [], body: String = "", delay: Double = 0) {
            self.status = status
            self.headers = headers
            self.body = body
            self.delay = delay
        }
    }

    package struct Request: Sendable {
        package let head: String
        package let body: String
    }

    package let port: UInt16
    private let listener: Int32
    private let requests = Mutex<[Request]>([])
    private let respond: @Sendable (Request) -> Answer

    /// What was asked so far.
    package var asked: [Request] { requests.withLock { $0 } }

    package var url: String { "http://127.0.0.1:\(port)/login?from=cellar" }

    package init(_ respond: @escaping @Sendable (Request) -> Answer) throws {
        self.respond = respond
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = UInt16(bigEndian: address.sin_port)
        start { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                self.start { self.serve(connection) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private struct Failure: Error {}

    private func start(_ work: @escaping @Sendable () -> Void) {
        final class Box {
            let work: @Sendable () -> Void
            init(_ work: @escaping @Sendable () -> Void) { self.work = work }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(work)).toOpaque()
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work() }
                return nil
            }, box)
        pthread_detach(thread)
    }

    private func serve(_ connection: Int32) {
        defer { close(connection) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            if let request = Self.request(in: bytes) {
                requests.withLock { $0.append(request) }
                let answer = respond(request)
                usleep(UInt32(answer.delay * 1_000_000))
                let headers = (answer.headers + ["Content-Length: \(answer.body.utf8.count)", "Connection: close"])
                    .joined(separator: "\r\n")
                let text = "HTTP/1.1 \(answer.status)\r\n\(headers)\r\n\r\n\(answer.body)"
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
                return
            }
            let count = recv(connection, &block, block.count, 0)
            guard count > 0 else { return }
            bytes += block[..<count]
        }
    }

    /// Returns a whole request, or nil if some of it is missing.
    private static func request(in bytes: [UInt8]) -> Request? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let head = String(text[..<end.lowerBound])
        let length = head.split(separator: "\r\n").compactMap { line -> Int? in
            guard line.lowercased().hasPrefix("content-length:") else { return nil }
            return Int(line.dropFirst(15).filter(\.isNumber))
        }.first
        let body = String(text[end.upperBound...])
        return body.utf8.count >= length ?? 0 ? Request(head: head, body: body) : nil
    }
}
