import LocalFiles
import NIOCore
import PackagingStandards
import Registry
import Testing

extension StorageContract {
    static let races: [StorageContract] = [
        StorageContract("of many puts of one key at once one wins, and readers see whole ones only") { place in
            let values = (1...12).map { bytes(20_000 + $0 * 1000, seed: UInt64($0)) }
            try await place.storage.put(values[0], at: key("f/a/b"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for value in values {
                    group.addTask { try await place.storage.put(value, at: key("f/a/b")) }
                    group.addTask { try await place.storage.put(place.spooled(value), at: key("f/a/b")) }
                    group.addTask {
                        let found = try #require(try await place.read(key("f/a/b")))
                        #expect(values.contains(found))
                    }
                }
                try await group.waitForAll()
            }
            let last = try #require(try await place.read(key("f/a/b")))
            #expect(values.contains(last))
            #expect(try await place.keys("") == ["f/a/b"])
        },
        StorageContract("many puts of one file at once keep it once") { place in
            let bytes = bytes(100_000)
            let file = try await place.spooled(bytes)
            let key = StorageKey.file(file.digests.sha256, "a-1.whl")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 { group.addTask { try await place.storage.put(file, at: key) } }
                try await group.waitForAll()
            }
            #expect(try await place.read(key) == bytes)
            #expect(try await place.keys("") == [key.description])
        },
        StorageContract("a put beside a remove in the same folder loses nothing") { place in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        for round in 0..<40 {
                            try await place.put("\(round)", at: key("f/a/b/\(number)"))
                            #expect(try await place.read(key("f/a/b/\(number)")) == ByteBuffer(string: "\(round)"))
                            try await place.storage.remove(key("f/a/b/\(number)"))
                            #expect(try await place.read(key("f/a/b/\(number)")) == nil)
                        }
                        try await place.put("last", at: key("f/a/b/\(number)"))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await place.keys("") == (0..<4).map { "f/a/b/\($0)" })
        },
        StorageContract("a put and a remove of one key at once leave all or nothing") { place in
            let bytes = bytes(30_000)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await place.storage.put(bytes, at: key("f/a/b")) }
                    group.addTask { try await place.storage.remove(key("f/a/b")) }
                    group.addTask {
                        let found = try await place.read(key("f/a/b"))
                        #expect(found == nil || found == bytes)
                    }
                }
                try await group.waitForAll()
            }
            try await place.storage.put(bytes, at: key("f/a/b"))
            #expect(try await place.read(key("f/a/b")) == bytes)
        },
        StorageContract("a cancelled put leaves all or nothing") { place in
            let bytes = bytes(500_000)
            for round in 0..<20 {
                let key = key("f/\(round)")
                let task = Task { try await place.storage.put(place.spooled(bytes), at: key) }
                try await Task.sleep(for: .microseconds(round * 100))
                task.cancel()
                let result = await task.result
                let found = try await place.read(key)
                #expect(found == nil || found == bytes)
                if case .success = result { #expect(found == bytes) }
            }
        },
    ]
}
