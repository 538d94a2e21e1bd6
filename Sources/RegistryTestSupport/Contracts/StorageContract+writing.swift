import LocalFiles
import NIOCore
import PackagingStandards
import Registry
import Testing

extension StorageContract {
    static let writing: [StorageContract] = [
        StorageContract("bytes are kept as they were put") { place in
            for count in [0, 1, 4096, 65_537, 1 << 20] {
                let bytes = bytes(count)
                try await place.storage.put(bytes, at: key("files/\(count)"))
                #expect(try await place.storage.get(key("files/\(count)"), limit: count) == bytes)
                #expect(try await place.storage.size(of: key("files/\(count)")) == Int64(count))
                #expect(try await place.read(key("files/\(count)")) == bytes)
            }
        },
        StorageContract("a spooled file is kept as it was received") { place in
            for count in [0, 1, 1 << 20, 3 << 20 + 17] {
                let bytes = bytes(count)
                let file = try await place.spooled(bytes)
                let key = StorageKey.file(file.digests.sha256, "a-1.whl")
                try await place.storage.put(file, at: key)
                #expect(try await place.storage.size(of: key) == Int64(count))
                #expect(try await place.read(key) == bytes)
                #expect(try await place.storage.open(key, wholeUpTo: 0)?.size == Int64(count))
            }
        },
        StorageContract("a spooled file stays in storage when the spool discards it") { place in
            let bytes = bytes(100_000)
            do {
                let file = try await place.spooled(bytes)
                try await place.storage.put(file, at: key("files/a"))
            }
            while place.spool.bytesInUse > 0 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try await place.read(key("files/a")) == bytes)
        },
        StorageContract("a spooled file that is not local is read through its reader, in pieces of any size") { place in
            for count in [0, 1, 100_000, 3 << 20 + 17] {
                let bytes = bytes(count)
                let reader = SlowReader(bytes)
                let file = SpooledFile(reader: reader, digests: reader.digests)
                let keys = [StorageKey.file(file.digests.sha256, "a-1.whl"), key("other/\(count)")]
                for key in keys { try await place.storage.put(file, at: key) }
                for key in keys { #expect(try await place.read(key) == bytes) }
            }
        },
        StorageContract("a spooled file that cannot be read to its end leaves the key as it was") { place in
            for fault in [SlowReader.Fault.ends, .fails] {
                let reader = SlowReader(bytes(300_000), fault: fault)
                let file = SpooledFile(reader: reader, digests: reader.digests)
                let fresh = StorageKey.file(file.digests.sha256, "a-1.whl")
                await expect(.internal) { try await place.storage.put(file, at: fresh) }
                #expect(try await place.read(fresh) == nil)
                try await place.put("old", at: key("f/a"))
                await expect(.internal) { try await place.storage.put(file, at: key("f/a")) }
                #expect(try await place.read(key("f/a")) == ByteBuffer(string: "old"))
                #expect(try await place.keys("") == ["f/a"])
            }
        },
        StorageContract("one spooled file can be put under several keys, and twice under one") { place in
            let bytes = bytes(70_000)
            let file = try await place.spooled(bytes)
            let keys = [StorageKey.file(file.digests.sha256, "a-1.whl"), key("other/b")]
            for key in keys + keys {
                try await place.storage.put(file, at: key)
            }
            for key in keys {
                #expect(try await place.read(key) == bytes)
            }
            #expect(try await place.keys("").count == 2)
        },
        StorageContract("what is put again replaces what was there") { place in
            for text in ["first", "other", "", "a longer one", "x"] {
                try await place.put(text, at: key("manifests/a/1.json"))
                #expect(try await place.read(key("manifests/a/1.json")) == ByteBuffer(string: text))
            }
            for seed in 1...3 as ClosedRange<UInt64> {
                let bytes = bytes(50_000, seed: seed)
                try await place.storage.put(place.spooled(bytes), at: key("manifests/a/1.json"))
                #expect(try await place.read(key("manifests/a/1.json")) == bytes)
            }
            #expect(try await place.keys("") == ["manifests/a/1.json"])
        },
        StorageContract("what is put unsynced can be read at once, synced, put again, and removed") { place in
            let file = try await place.spooled(bytes(3000))
            let keys = [StorageKey.file(file.digests.sha256, "a-1.whl"), key("manifests/a/1.json")]
            let objects = [NewObject(file, at: keys[0]), NewObject(ByteBuffer(string: "text"), at: keys[1])]
            for _ in 1...2 {
                guard try await place.storage.putUnsynced(objects) else {
                    #expect(try await place.keys("") == [])
                    continue
                }
                #expect(try await place.read(keys[0]) == bytes(3000))
                #expect(try await place.read(keys[1]) == ByteBuffer(string: "text"))
                try await place.storage.sync(keys)
                #expect(try await place.keys("") == keys.map(\.description))
            }
            for key in keys { try await place.storage.remove(key) }
            try await place.storage.sync(keys)
            #expect(try await place.keys("") == [])
        },
        StorageContract("what is removed is gone, and its neighbours stay") { place in
            let keys = ["f/a/b/one", "f/a/b/two", "f/a/c/three", "f/d"].map(key)
            for key in keys { try await place.put("bytes", at: key) }
            for (position, removed) in keys.enumerated() {
                try await place.storage.remove(removed)
                try await place.storage.remove(removed)
                #expect(try await place.read(removed) == nil)
                #expect(try await place.keys("") == keys.dropFirst(position + 1).map(\.description))
            }
            try await place.put("again", at: keys[0])
            #expect(try await place.read(keys[0]) == ByteBuffer(string: "again"))
        },
        StorageContract("names are kept as they are: spaces, signs, any script, the longest") { place in
            let names = [
                "a b", "a+b", "a%2Fb", "~a", "a\\b", "a\nb", "…", "ä", "包", "'\"", "*?", "#", ".a", "a..b", "-", "a ",
                String(repeating: "n", count: 255),
            ]
            for name in names { try await place.put(name, at: key("f/\(name)/\(name)")) }
            for name in names {
                #expect(try await place.read(key("f/\(name)/\(name)")) == ByteBuffer(string: name))
            }
            let listed = try await place.keys("f/")
            #expect(listed == names.map { "f/\($0)/\($0)" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        },
        StorageContract("keys that could leave the storage are refused") { place in
            let malformed = [
                "", "/", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "../a", "a/../b", "./a", "a/./b", "a\0b",
                ".tmp/a",
                "f/" + String(repeating: "n", count: 256),
            ]
            let file = try await place.spooled(bytes(10))
            for text in malformed {
                let key = key(text)
                let comment = Comment(rawValue: "key \(text)")
                await expect(.internal, comment) { try await place.put("x", at: key) }
                await expect(.internal, comment) { try await place.storage.put(file, at: key) }
                await expect(.internal, comment) {
                    // One that makes each write durable does nothing here.
                    let isDone = try await place.storage.putUnsynced([NewObject(ByteBuffer(string: "x"), at: key)])
                    if !isDone { try await place.put("x", at: key) }
                }
                await expect(.internal, comment) { _ = try await place.storage.get(key, limit: 10) }
                await expect(.internal, comment) { _ = try await place.storage.open(key, wholeUpTo: 10) }
                await expect(.internal, comment) { _ = try await place.storage.size(of: key) }
                await expect(.internal, comment) { try await place.storage.remove(key) }
                await expect(.internal, comment) { _ = try await place.storage.signedLink(to: key, for: .seconds(60)) }
            }
            #expect(try await place.keys("") == [])
        },
        StorageContract("what was put is there after the storage was closed, also twice, and opened again") { place in
            let bytes = bytes(100_000)
            try await place.put("small", at: key("f/a"))
            try await place.storage.put(place.spooled(bytes), at: key("f/b"))
            await place.storage.close()
            await place.storage.close()
            let again = try await place.reopen()
            #expect(try await again.get(key("f/a"), limit: 10) == ByteBuffer(string: "small"))
            #expect(try await again.open(key("f/b"), wholeUpTo: 10)?.bytes() == bytes)
            await again.close()
        },
        StorageContract("a check leaves nothing behind") { place in
            try await place.storage.check()
            try await place.storage.check()
            #expect(try await place.keys("") == [])
        },
    ]
}
