import NIOCore
import PackagingStandards
import Testing

@Suite("Compression in memory")
struct CompressionTests {
    private static func sample(_ count: Int) -> ByteBuffer {
        ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 7 | $0) })
    }

    @Test("gzip gives back what went in", arguments: [0, 1, 1000, 300_000], [1, 6, 9])
    func gzipRoundTrip(count: Int, level: Int) throws {
        let sample = Self.sample(count)
        let packed = try Compression.gzip(sample, level: level)
        #expect(try Compression.gunzip(packed, limit: count) == sample)
        #expect(try Compression.gzip(sample, level: level) == packed, "equal bytes make equal members")
    }

    @Test("zstd gives back what went in", arguments: [0, 1, 1000, 300_000], [1, 3, 19])
    func zstdRoundTrip(count: Int, level: Int) throws {
        let sample = Self.sample(count)
        let packed = try Compression.zstd(sample, level: level)
        #expect(try Compression.unzstd(packed, limit: count) == sample)
    }

    @Test("more than the limit is never made")
    func limits() throws {
        let zeros = ByteBuffer(repeating: 0, count: 5_000_000)
        let gzip = try Compression.gzip(zeros, level: 9)
        let zstd = try Compression.zstd(zeros, level: 3)
        #expect(throws: CompressionError.tooLarge(limit: 4_999_999)) { try Compression.gunzip(gzip, limit: 4_999_999) }
        #expect(throws: CompressionError.tooLarge(limit: 4_999_999)) { try Compression.unzstd(zstd, limit: 4_999_999) }
        #expect(try Compression.gunzip(gzip, limit: 5_000_000) == zeros)
        #expect(try Compression.gunzip(gzip, limit: .max) == zeros)
    }

    @Test("members that follow each other are one text")
    func members() throws {
        var packed = try Compression.gzip(ByteBuffer(string: "one "), level: 6)
        packed.writeImmutableBuffer(try Compression.gzip(ByteBuffer(string: "two"), level: 6))
        #expect(try Compression.gunzip(packed, limit: 100) == ByteBuffer(string: "one two"))
    }

    @Test("damage is an error, wherever it is")
    func damage() throws {
        let sample = Self.sample(5000)
        let packed = try Compression.gzip(sample, level: 6)
        let bytes = [UInt8](packed.readableBytesView)
        for count in stride(from: 0, to: bytes.count, by: 17) {
            #expect(throws: CompressionError.damaged) {
                try Compression.gunzip(ByteBuffer(bytes: bytes.prefix(count)), limit: 10_000)
            }
        }
        #expect(throws: CompressionError.damaged) {
            try Compression.gunzip(ByteBuffer(bytes: bytes + [0]), limit: 10_000)
        }
        #expect(throws: CompressionError.damaged) {
            try Compression.unzstd(ByteBuffer(string: "not a frame"), limit: 10_000)
        }
    }
}
