import NIOCore
import Registry
import Testing

extension StorageContract {
    static let reading: [StorageContract] = [
        StorageContract("what was not put is not there") { place in
            try await place.put("x", at: key("f/a/b"))
            for text in ["g", "f/b", "f/a/c", "f/a/b/c", "f/a", "f", "f/a/b.metadata"] {
                #expect(try await place.storage.get(key(text), limit: 10) == nil, "\(text)")
                #expect(try await place.storage.open(key(text), wholeUpTo: 10) == nil, "\(text)")
                #expect(try await place.storage.size(of: key(text)) == nil, "\(text)")
                try await place.storage.remove(key(text))
            }
            #expect(try await place.keys("") == ["f/a/b"])
        },
        StorageContract("no more bytes are got than the limit") { place in
            try await place.put("12345", at: key("f/a"))
            #expect(try await place.storage.get(key("f/a"), limit: 5) == ByteBuffer(string: "12345"))
            await expect(.internal) { _ = try await place.storage.get(key("f/a"), limit: 4) }
        },
        StorageContract("what has no more bytes than the limit is given whole, and all else opened") { place in
            for (count, limit, isWhole) in [
                (0, 0, true), (1, 0, false), (5, 5, true), (6, 5, false), (65_536, 65_536, true),
                (200_000, 65_536, false),
            ] {
                let bytes = bytes(count)
                try await place.storage.put(bytes, at: key("f/a"))
                let object = try #require(try await place.storage.open(key("f/a"), wholeUpTo: limit))
                #expect(object.size == Int64(count))
                #expect(try await object.bytes() == bytes)
                if case .whole = object { #expect(isWhole, "\(count)") } else { #expect(!isWhole, "\(count)") }
            }
        },
        StorageContract("any range of an open file can be read") { place in
            let bytes = bytes(200_000)
            try await place.storage.put(bytes, at: key("f/a"))
            let file = try #require(try await place.opened(key("f/a")))
            for range in [0..<0, 0..<1, 0..<200_000, 1..<70_000, 65_536..<65_537, 199_999..<200_000, 200_000..<200_000]
            {
                let part = try await file.bytes(Int64(range.lowerBound)..<Int64(range.upperBound))
                #expect(part == bytes.getSlice(at: range.lowerBound, length: range.count), "\(range)")
            }
        },
        StorageContract("an open file is read to its end, also when it is replaced or removed meanwhile") { place in
            let bytes = bytes(300_000)
            try await place.storage.put(bytes, at: key("f/a"))
            let file = try #require(try await place.opened(key("f/a")))
            try await place.put("new", at: key("f/a"))
            try await place.expect(file, toBe: bytes)
            try await place.storage.remove(key("f/a"))
            try await place.expect(file, toBe: bytes)
        },
    ]

    static let links: [StorageContract] = [
        StorageContract("a signed link serves the bytes under its key, or there is none") { place in
            let bytes = bytes(100_000)
            let keys = [key("f/a"), key("f/a b/c+d%2F?#.whl")]
            for key in keys {
                try await place.storage.put(bytes, at: key)
                guard let link = try await place.storage.signedLink(to: key, for: .seconds(60)) else { continue }
                let follow = try #require(place.follow, "a storage with links needs `following` in its contract's test")
                #expect(try await follow(link) == bytes)
            }
        },
        StorageContract("a signed link serves nothing when its time is over, or nothing is there") { place in
            try await place.put("bytes", at: key("f/a"))
            guard let short = try await place.storage.signedLink(to: key("f/a"), for: .seconds(1)),
                let follow = place.follow
            else { return }
            try await Task.sleep(for: .seconds(3))
            await #expect(throws: (any Error).self) { try await follow(short) }
            guard let empty = try await place.storage.signedLink(to: key("f/b"), for: .seconds(60)) else { return }
            await #expect(throws: (any Error).self) { try await follow(empty) }
        },
    ]
}

extension StorageContract.Place {
    /// Returns what is under a key, opened and not given whole, or nil if there is nothing.
    fileprivate func opened(_ key: StorageKey) async throws -> StoredFile? {
        switch try await storage.open(key, wholeUpTo: 0) {
        case .file(let file)?: return file
        case .whole(let bytes)?:
            #expect(bytes.readableBytes == 0)
            return nil
        case nil: return nil
        }
    }

    /// Expects an open file whose key has other bytes by now, or none, to have these; or to end with an error, if the
    /// storage does not keep what is open.
    fileprivate func expect(_ file: StoredFile, toBe bytes: ByteBuffer) async throws {
        guard !keepsOpenFiles else {
            #expect(try await file.bytes() == bytes)
            return
        }
        do {
            #expect(try await file.bytes() == bytes)
        } catch let error as RegistryError {
            #expect(error.code == .internal)
        }
    }
}
