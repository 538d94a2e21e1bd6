import NIOCore
import Registry
import Testing

extension StorageContract {
    static let listing: [StorageContract] = [
        StorageContract("keys are listed in the order of their bytes, in pages of any size") { place in
            let texts = [
                "f/a", "f/a!/x", "f/a-b", "f/a-b2/c", "f/a.b/c", "f/a.b/d", "f/aa", "f/B/c", "f/b/c/d", "f/b/c-d",
                "f/b/c0", "f/é", "f0", "e", "g/z",
            ].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for text in texts.shuffled() { try await place.put(text, at: key(text)) }
            for limit in [1, 2, 3, 7, 15, 100, .max] {
                let listed = try await place.pages("", limit: limit).flatMap(\.self)
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
                let pages = try await place.pages(prefix, limit: 1)
                #expect(pages.flatMap(\.self).map(\.key.description) == Array(found), "\(prefix)")
            }
        },
        StorageContract("a page never has more keys than the limit, nor than any page may have") { place in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1100 {
                    group.addTask { try await place.put("", at: key("f/\(number % 7)/\(number)")) }
                }
                try await group.waitForAll()
            }
            for (limit, most) in [(-1, 1), (0, 1), (1, 1), (400, 400), (5000, StoragePage.maximumCount)] {
                let page = try await place.storage.list("f/", from: nil, limit: limit)
                #expect(page.objects.count <= most, "\(limit)")
                #expect(page.next != nil, "\(limit)")
            }
            #expect(try await place.keys("f/").count == 1100)
        },
        StorageContract("a cursor stays good if what it was made from is removed, or new keys come") { place in
            let texts = ["f/a/1", "f/a/2", "f/b", "f/c/1", "f/c/2", "f/d"]
            for limit in 1...5 {
                for text in texts { try await place.put("", at: key(text)) }
                let first = try await place.storage.list("f/", from: nil, limit: limit)
                let seen = first.objects.map(\.key.description)
                for text in seen { try await place.storage.remove(key(text)) }
                for text in ["f/0", "f/e"] { try await place.put("", at: key(text)) }
                let rest = try await place.pages("f/", from: first.next, limit: limit).flatMap(\.self)
                let found = seen + rest.map(\.key.description)
                #expect(found.filter(texts.contains) == texts, "\(limit)")
                #expect(Set(found).count == found.count, "\(limit)")
                for text in try await place.keys("") { try await place.storage.remove(key(text)) }
            }
        },
        StorageContract("a cursor is good in another process, as text") { place in
            let texts = ["f/a/1", "f/a/é", "f/b c", "f/d"]
            for text in texts { try await place.put("", at: key(text)) }
            let first = try await place.storage.list("f/", from: nil, limit: 2)
            let other = try await place.reopen()
            let cursor = try #require(first.next).text
            let rest = try await other.list("f/", from: StorageCursor(text: cursor), limit: 10)
            #expect((first.objects + rest.objects).map(\.key.description) == texts)
            await other.close()
        },
        StorageContract("keys that stay are listed exactly once while others come and go") { place in
            let staying = (0..<60).map { "f/\($0 % 5)/stays-\($0)" }
            for text in staying { try await place.put("", at: key(text)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<3 {
                    group.addTask {
                        for round in 0..<60 {
                            let text = "f/\((worker + round) % 6)/goes-\(worker)"
                            try await place.put("", at: key(text))
                            try await place.storage.remove(key(text))
                        }
                    }
                }
                for limit in [1, 7, 1000] {
                    group.addTask {
                        for _ in 0..<3 {
                            let listed = try await place.pages("f/", limit: limit).flatMap(\.self)
                            let names = listed.map(\.key.description).filter { $0.contains("stays") }
                            #expect(names == staying.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
    ]
}

extension StorageContract.Place {
    /// Returns the pages from a cursor on to the end; each within its limit.
    fileprivate func pages(
        _ prefix: String, from start: StorageCursor? = nil, limit: Int
    ) async throws -> [[StoredObject]] {
        var pages: [[StoredObject]] = []
        var cursor = start
        repeat {
            let page = try await storage.list(prefix, from: cursor, limit: limit)
            #expect(page.objects.count <= limit)
            pages.append(page.objects)
            cursor = page.next
        } while cursor != nil
        return pages
    }
}
