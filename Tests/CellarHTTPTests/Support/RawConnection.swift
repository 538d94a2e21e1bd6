import NIOCore
import NIOPosix

/// A connection on which a test sends bytes as it likes, and reads answers one by one.
struct RawConnection: ~Copyable {
    /// An answer as it came over the wire.
    struct Answer: Sendable {
        let status: Int
        let reason: String
        /// In the order of their names, which are lower case.
        let headers: [String]
        let body: ByteBuffer

        func header(_ name: String) -> String? {
            headers.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.utf8.count + 2)) }
        }
    }

    /// The connection broke off within an answer, or before it.
    struct CutOff: Error {
        let received: ByteBuffer
    }

    fileprivate typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let channel: any NIOCore.Channel
    private var received = ByteBuffer()

    private init(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ channel: any NIOCore.Channel
    ) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
        self.channel = channel
    }

    /// Connects, and closes when the test is over.
    static func open<Value: Sendable>(
        _ port: Int, _ options: [(ChannelOptions.Types.SocketOption, SocketOptionValue)] = [],
        _ test: (inout RawConnection) async throws -> Value
    ) async throws -> Value {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        let channel: Channel = try await options.reduce(bootstrap) { $0.channelOption($1.0, value: $1.1) }
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Channel(wrappingChannelSynchronously: channel) }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = RawConnection(inbound, outbound, channel.channel)
            return try await test(&connection)
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await outbound.write(bytes)
    }

    /// Says that nothing more will be sent.
    func finish() async throws {
        try await channel.close(mode: .output).get()
    }

    /// Sends a request without a body.
    func request(_ method: String, _ path: String, _ headers: [String] = []) async throws {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: localhost"] + headers
        try await send(lines.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    /// Reads the next answer. Throws `CutOff` if there is none, or only a part of it.
    mutating func answer(isHead: Bool = false) async throws -> Answer {
        let head = try await readHead()
        let lines = head.split(separator: "\r\n").map(String.init)
        let first = lines[0].split(separator: " ", maxSplits: 2).map(String.init)
        let status = Int(first[1]) ?? 0
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return line[..<colon].lowercased() + line[colon...]
        }
        let length = headers.first { $0.hasPrefix("content-length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        let hasBody = !isHead && status != 304 && status != 204 && status >= 200
        let body = try await read(hasBody ? length : 0)
        return Answer(
            status: status, reason: first.count > 2 ? first[2] : "", headers: headers.sorted(), body: body)
    }

    /// Returns whether the server ends the connection without sending anything.
    mutating func isEnded() async throws -> Bool {
        if received.readableBytes > 0 { return false }
        do {
            guard let bytes = try await inbound.next() else { return true }
            received.writeImmutableBuffer(bytes)
            return bytes.readableBytes == 0
        } catch is IOError {
            return true
        }
    }

    private mutating func readHead() async throws -> String {
        while true {
            let view = received.readableBytesView
            if let end = view.firstRange(of: Array("\r\n\r\n".utf8)) {
                let length = end.upperBound - view.startIndex
                return received.readString(length: length) ?? ""
            }
            try await readMore()
        }
    }

    private mutating func read(_ length: Int) async throws -> ByteBuffer {
        while received.readableBytes < length { try await readMore() }
        return received.readSlice(length: length) ?? ByteBuffer()
    }

    private mutating func readMore() async throws {
        do {
            guard let bytes = try await inbound.next() else { throw CutOff(received: received) }
            received.writeImmutableBuffer(bytes)
        } catch is IOError {
            throw CutOff(received: received)
        }
    }
}
