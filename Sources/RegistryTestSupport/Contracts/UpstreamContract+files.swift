import NIOCore
import Registry
import Testing

extension UpstreamContract {
    private static let content = StorageContract.bytes(300_000)
    private static let size = Int64(content.readableBytes)
    private static let name = "alpha-1.0-py3-none-any.whl"

    static let files = [
        UpstreamContract("a file comes whole, with its size") { serve in
            try await serve(Site(files: [name: content, "empty-1.0.tar.gz": ByteBuffer()])) { upstream, url in
                let file = try await upstream.open(url + name, range: nil)
                #expect(file.size == size)
                #expect(file.range == nil)
                #expect(try await file.bytes() == content)
                let empty = try await upstream.open(url + "empty-1.0.tar.gz", range: nil)
                #expect(empty.size == 0)
                #expect(try await empty.bytes() == ByteBuffer())
            }
        },

        UpstreamContract("a part comes alone, and says which part of how much it is") { serve in
            try await serve(Site(files: [name: content])) { upstream, url in
                let parts: [(UpstreamRange, Range<Int64>)] = [
                    (.bytes(0..<1), 0..<1), (.bytes(100..<200_000), 100..<200_000),
                    (.bytes(size - 1..<size), size - 1..<size), (.last(1000), size - 1000..<size),
                ]
                for (asked, expected) in parts { try await expect(expected, for: asked, of: upstream, at: url + name) }
            }
        },

        UpstreamContract("a part that is partly behind the end stops there") { serve in
            try await serve(Site(files: [name: content])) { upstream, url in
                try await expect(size - 10..<size, for: .bytes(size - 10..<size + 10), of: upstream, at: url + name)
                try await expect(0..<size, for: .last(size + 10), of: upstream, at: url + name)
            }
        },

        UpstreamContract("a part behind the end is a failure, not an empty file") { serve in
            try await serve(Site(files: [name: content])) { upstream, url in
                await expect(.failed, of: upstream) {
                    _ = try await upstream.open(url + name, range: .bytes(size..<size + 1))
                }
            }
        },

        UpstreamContract("if parts are not available, the whole file comes and says so") { serve in
            try await serve(Site(files: [name: content], servesRanges: false)) { upstream, url in
                let file = try await upstream.open(url + name, range: .bytes(5..<10))
                #expect(file.range == nil)
                #expect(file.size == size)
                #expect(try await file.bytes() == content)
            }
        },

        UpstreamContract("a size is stated without the body, and is nil if it is not known") { serve in
            try await serve(Site(files: [name: content])) { upstream, url in
                let told = try await upstream.size(of: url + name)
                #expect(told == size)
            }
            try await serve(Site(files: [name: content], tellsSizes: false)) { upstream, url in
                #expect(try await upstream.size(of: url + name) == nil)
                let file = try await upstream.open(url + name, range: nil)
                #expect(file.size == nil)
                #expect(try await file.bytes() == content)
            }
        },

        UpstreamContract("a file that it does not have is not found") { serve in
            try await serve(Site(files: [name: content])) { upstream, url in
                let absent = url + "beta-1.0.tar.gz"
                await expect(.notFound, of: upstream) { _ = try await upstream.open(absent, range: nil) }
                await expect(.notFound, of: upstream) { _ = try await upstream.open(absent, range: .last(5)) }
                await expect(.notFound, of: upstream) { _ = try await upstream.size(of: absent) }
            }
        },

        UpstreamContract("a body that is dropped, read or not, leaves others alone") { serve in
            try await serve(Site(files: [name: content])) { upstream, url in
                for chunks in [0, 1] {
                    var iterator: (any AsyncIteratorProtocol)? = try await upstream.open(url + name, range: nil).body
                        .makeAsyncIterator()
                    for _ in 0..<chunks { _ = try await iterator?.next() }
                    iterator = nil
                }
                #expect(try await upstream.open(url + name, range: nil).bytes() == content)
            }
        },

        UpstreamContract("many files are read at once, each with its own bytes") { serve in
            let numbers = 1...12
            var site = Site()
            for number in numbers { site.files["\(number)"] = StorageContract.bytes(80_000, seed: UInt64(number)) }
            let expected = site.files
            try await serve(site) { upstream, url in
                try await withThrowingTaskGroup(of: (Int, ByteBuffer).self) { group in
                    for number in numbers {
                        group.addTask { (number, try await upstream.open(url + "\(number)", range: nil).bytes()) }
                    }
                    for try await (number, bytes) in group { #expect(bytes == expected["\(number)"]) }
                }
            }
        },
    ]

    private static func expect(
        _ range: Range<Int64>, for asked: UpstreamRange, of upstream: any Upstream, at url: String
    ) async throws {
        let file = try await upstream.open(url, range: asked)
        #expect(file.range == range)
        #expect(file.size == size)
        #expect(try await file.bytes() == content.getSlice(at: Int(range.lowerBound), length: range.count))
    }
}
