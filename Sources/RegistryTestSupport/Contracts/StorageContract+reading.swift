import NIOCore
import Registry
import Testing

extension StorageContract {
    static let reading: [StorageContract] = [
        StorageContract("where nothing was put there is nothing") { place in
            try await place.put("x", at: key("f/a/b"))
            for text in ["g", "f/b", "f/a/c", "f/a/b/c", "f/a", "f", "f/a/b.metadata"] {
                #expect(try await place.storage.get(key(text), limit: 10) == nil, "\(text)")
                #expect(try await place.storage.open(key(text)) == nil, "\(text)")
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
        StorageContract("any range of an open file can be read") { place in
            let bytes = bytes(200_000)
            try await place.storage.put(bytes, at: key("f/a"))
            let file = try #require(try await place.storage.open(key("f/a")))
            for range in [0..<0, 0..<1, 0..<200_000, 1..<70_000, 65_536..<65_537, 199_999..<200_000, 200_000..<200_000]
            {
                let part = try await file.bytes(Int64(range.lowerBound)..<Int64(range.upperBound))
                #expect(part == bytes.getSlice(at: range.lowerBound, length: range.count), "\(range)")
            }
        },
        StorageContract("an open file is read to its end, also when it is replaced or removed meanwhile") { place in
            let bytes = bytes(300_000)
            try await place.storage.put(bytes, at: key("f/a"))
            let file = try #require(try await place.storage.open(key("f/a")))
            try await place.put("new", at: key("f/a"))
            #expect(try await file.bytes() == bytes)
            try await place.storage.remove(key("f/a"))
            #expect(try await file.bytes() == bytes)
        },
    ]

    static let listing: [StorageContract] = [
        StorageContract("keys are listed in the order of their bytes, in pages of any size") { place in
            let texts = [
                "f/a", "f/a!/x", "f/a-b", "f/a-b2/c", "f/a.b/c", "f/a.b/d", "f/aa", "f/B/c", "f/b/c/d", "f/b/c-d",
                "f/b/c0", "f/é", "f0", "e", "g/z",
            ].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for text in texts.shuffled() { try await place.put(text, at: key(text)) }
            for limit in [1, 2, 3, 7, 100] {
                var listed: [StoredObject] = []
                while let page = try? await place.storage.list("", after: listed.last?.key, limit: limit), !page.isEmpty
                {
                    #expect(page.count <= limit)
                    listed += page
                }
                #expect(listed.map(\.key.description) == texts)
                #expect(listed.map(\.size) == texts.map { Int64($0.utf8.count) })
            }
        },
        StorageContract("a prefix is a text: a folder, part of a name, or nothing") { place in
            let texts = ["files/ab/cd/x", "files/ab/ce/y", "files/b/z", "files2", "manifests/main/ab/f/1.json"]
            for text in texts { try await place.put("", at: key(text)) }
            let expected: [String: ArraySlice<String>] = [
                "": texts[...], "f": texts[0..<4], "files": texts[0..<4], "files/": texts[0..<3],
                "files/a": texts[0..<2], "files/ab/c": texts[0..<2], "files/ab/ce": texts[1..<2],
                "files/ab/ce/y": texts[1..<2], "files/ab/ce/y/": [], "files/x/": [], "g": [], "manifests/": texts[4...],
                "../": [], "files/../": [],
            ]
            for (prefix, found) in expected {
                #expect(try await place.keys(prefix) == Array(found), "\(prefix)")
            }
        },
        StorageContract("a list begins after a key, whether that is there or not") { place in
            let texts = ["f/a/1", "f/a/2", "f/b", "f/c/1"]
            for text in texts { try await place.put("", at: key(text)) }
            let expected = [
                "f/a/1": 1, "f/a/10": 1, "f/a": 0, "f/a0": 2, "f/a/3": 2, "f/b": 3, "f/c/1": 4, "z": 4, "a": 0,
            ]
            for (after, skipped) in expected {
                #expect(try await place.keys("f/", after: key(after)) == Array(texts.dropFirst(skipped)), "\(after)")
            }
            #expect(try await place.keys("f/", limit: 0) == [])
        },
    ]
}
