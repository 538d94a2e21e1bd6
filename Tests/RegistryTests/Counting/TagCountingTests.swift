import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import Registry

@Suite("Downloads with a tag")
struct TagCountingTests {
    /// Keeps what is recorded, or fails.
    private final class Book: TagDatabase {
        private let state = Mutex<(pages: [[TaggedDownloads]], isFailing: Bool)>(([], false))

        var pages: [[TaggedDownloads]] { state.withLock { $0.pages } }
        func fail(_ isFailing: Bool) { state.withLock { $0.isFailing = isFailing } }

        func record(_ downloads: [TaggedDownloads], at moment: Timestamp) async throws {
            try state.withLock { state in
                guard !state.isFailing else { throw RegistryError(.unavailable, "locked") }
                state.pages.append(downloads)
            }
        }

        func taggedDownloads(_ query: TaggedDownloadsQuery) async throws -> [TaggedDownloads] { [] }
    }

    private static func person(_ tag: String?) -> Caller {
        .person(Person(id: 1, name: "ada", isAdministrator: false, groups: [], tag: tag))
    }

    private static func counting(_ book: Book) -> TagCounting {
        let indexes = Indexes([])
        return TagCounting(
            database: book, permissions: Permissions(indexes: indexes, memory: AccessMemory()), clock: .system)
    }

    private static func downloads(_ tag: String, _ count: Int64) -> TaggedDownloads {
        TaggedDownloads(TaggedDownloads.Source(user: "ada", tag: tag, index: .main), count: count)
    }

    @Test("are counted for whoever sends one, and written once")
    func counted() async throws {
        let book = Book()
        let counting = Self.counting(book)
        #expect(counting.counter(of: .anonymous, in: .main) == nil)
        #expect(counting.counter(of: Self.person(nil), in: .main) == nil)
        let counter = try #require(counting.counter(of: Self.person("billing"), in: .main))
        #expect(counting.counter(of: Self.person("billing"), in: .main) === counter)
        try await counting.flush()
        #expect(book.pages.isEmpty)
        // Whoever holds a counter may go on counting after it was written.
        for _ in 0..<2 {
            for _ in 0..<3 { counter.note() }
            try await counting.flush()
            try await counting.flush()
        }
        #expect(book.pages == [[Self.downloads("billing", 3)], [Self.downloads("billing", 3)]])
    }

    @Test("are written later if the database cannot be written now")
    func failing() async throws {
        let book = Book()
        let counting = Self.counting(book)
        counting.counter(of: Self.person("a"), in: .main)?.note()
        book.fail(true)
        await #expect(throws: RegistryError.self) { try await counting.flush() }
        counting.counter(of: Self.person("a"), in: .main)?.note()
        book.fail(false)
        try await counting.flush()
        #expect(book.pages == [[Self.downloads("a", 2)]])
    }

    @Test("of too many sources at once are counted together")
    func bounded() async throws {
        let book = Book()
        let counting = Self.counting(book)
        for number in 0..<(TagCounting.mostSources + 5) {
            counting.counter(of: Self.person("t\(number)"), in: .main)?.note()
        }
        try await counting.flush()
        let page = try #require(book.pages.first)
        #expect(page.count == TagCounting.mostSources + 1)
        #expect(page.first { $0.source == nil }?.count == 5)
        // What nobody uses any more makes room.
        try await counting.flush()
        let next = try #require(counting.counter(of: Self.person("next"), in: .main))
        next.note()
        try await counting.flush()
        #expect(book.pages.last == [Self.downloads("next", 1)])
    }
}
