import CellarHTTP
import NIOCore
import Testing

@Suite struct MultipartFuzzTests {
    /// Text of the characters that boundaries are made of, so that it nearly is one often.
    private func hostileText(_ random: inout SplitMix) -> String {
        let pieces = [
            "\r\n", "\r", "\n", "-", "--", "--b", "\r\n--", "\r\n--b", "\r\n--ba", "x", "0123456789", "\r\r\n--bb",
        ]
        return (0..<Int.random(in: 0..<12, using: &random))
            .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
    }

    @Test("Any content that holds no boundary comes out as it went in, however it is split", arguments: 0..<8)
    func roundTrip(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        for _ in 0..<150 {
            var parts: [String] = []
            var expected: [String] = []
            for index in 0..<Int.random(in: 1..<4, using: &random) {
                let text = hostileText(&random)
                if text.contains("\r\n--baa") { continue }
                if Bool.random(using: &random) {
                    parts.append(MultipartBuilder.field("f\(index)", text))
                    expected.append("f\(index)=\(text)")
                } else {
                    parts.append(MultipartBuilder.file("content", "n", text))
                    expected.append("content@n:\(text).")
                }
            }
            var bytes = ByteBuffer(string: MultipartBuilder.body(parts, boundary: "baa"))
            var chunks: [ByteBuffer] = []
            while bytes.readableBytes > 0 {
                let length = min(bytes.readableBytes, Int.random(in: 1..<40, using: &random))
                if let chunk = bytes.readSlice(length: length) { chunks.append(chunk) }
            }
            #expect(try MultipartContent.read(chunks, boundary: "baa").parts == expected)
        }
    }

    @Test("Damaged bodies are read or refused alike whole and byte by byte", arguments: 0..<8)
    func damaged(seed: Int) throws {
        var random = SplitMix(state: UInt64(1000 + seed))
        let body = Array(
            MultipartBuilder.body(
                [MultipartBuilder.field("a", "b"), MultipartBuilder.file("content", "d", "e\r\n--ba")], boundary: "baa"
            )
            .utf8)
        for _ in 0..<300 {
            var bytes = body
            for _ in 0..<Int.random(in: 1..<4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: index)
                case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
                default: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                }
            }
            let whole = Result { () throws(MultipartError) in
                try MultipartContent.read([ByteBuffer(bytes: bytes)], boundary: "baa")
            }
            let single = Result { () throws(MultipartError) in
                try MultipartContent.read(bytes.map { ByteBuffer(bytes: [$0]) }, boundary: "baa")
            }
            switch (whole, single) {
            case (.success(let whole), .success(let single)): #expect(whole == single)
            case (.failure(let whole), .failure(let single)): #expect(whole == single)
            default: Issue.record("whole \(whole), byte by byte \(single)")
            }
        }
    }

    @Test("A large file comes in few pieces, also if it is all carriage returns", arguments: [UInt8(ascii: "x"), 0x0D])
    func large(byte: UInt8) throws {
        let chunk = ByteBuffer(repeating: byte, count: 1 << 20)
        let chunks = byte == 0x0D ? 2 : 64
        var parser = MultipartParser(boundary: try MultipartBoundary("0123456789abcdef0123456789abcdef"))
        let head = MultipartBuilder.file("content", "x", "")
        parser.receive(ByteBuffer(string: "--0123456789abcdef0123456789abcdef\r\n" + head))
        while try parser.next() != nil {}
        var total = 0
        var pieces = 0
        for _ in 0..<chunks {
            parser.receive(chunk)
            while let element = try parser.next() {
                guard case .fileBytes(let bytes) = element else { continue }
                total += bytes.readableBytes
                pieces += 1
            }
        }
        // Up to a delimiter's length is held back, and comes as a piece of its own.
        #expect(total > chunks << 20 - 64)
        #expect(pieces <= chunks * 2)
    }
}
