import PackagingStandards
public import Registry
import Testing

/// What every `UpstreamDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum UpstreamDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any UpstreamDatabase & ManagingDatabase & ReadingDatabase & OutboxDatabase
        & SweepDatabase & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = upstreamPageChecks + pinChecks

    private static func page(
        _ body: String = #"{"name":"sample"}"#, tag: String? = "\"1\"", at: Int64 = 0, freshFor: Int64 = 600
    ) throws -> StoredUpstreamPage {
        StoredUpstreamPage(
            upstream: "pypi", project: try Sample.name("sample"),
            state: UpstreamPageState(
                validators: PageValidators(entityTag: tag, lastModified: "Thu, 01 Jan 2026 00:00:00 GMT"),
                fetchedAt: SampleTime.after(at), freshUntil: SampleTime.after(at + freshFor)),
            body: body)
    }

    private static func expect(_ page: StoredUpstreamPage?, equals expected: StoredUpstreamPage) throws {
        let page = try #require(page)
        #expect(page.upstream == expected.upstream)
        #expect(page.project == expected.project)
        #expect(page.state == expected.state)
        #expect(page.body == expected.body)
    }

    private static let upstreamPageChecks: [Check] = [
        Check("keeps the last page of a project of an upstream") { database in
            let name = try Sample.name("sample")
            #expect(try await database.upstreamPage(of: name, from: "pypi") == nil)
            #expect(try await database.upstreamPageState(of: name, from: "pypi") == nil)
            try await database.keepUpstreamPage(page(), pins: [])
            try expect(try await database.upstreamPage(of: name, from: "pypi"), equals: page())
            #expect(try await database.upstreamPageState(of: name, from: "pypi") == page().state)
            let next = try page(#"{"name":"sample","größer":1}"#, tag: nil, at: 700)
            try await database.keepUpstreamPage(next, pins: [])
            try expect(try await database.upstreamPage(of: name, from: "pypi"), equals: next)
            #expect(try await database.upstreamPage(of: name, from: "other") == nil)
            #expect(try await database.upstreamPage(of: Sample.name("samples"), from: "pypi") == nil)
        },
        Check("keeps the same page again with its new freshness, and an older one that comes back") { database in
            let name = try Sample.name("sample")
            for (body, at) in [("a", 0), ("a", 10), ("b", 20), ("a", 30)] as [(String, Int64)] {
                let kept = try page(body, tag: "\"\(at)\"", at: at)
                try await database.keepUpstreamPage(kept, pins: [])
                try expect(try await database.upstreamPage(of: name, from: "pypi"), equals: kept)
            }
        },
        Check("renews a page that still holds, and makes none of nothing") { database in
            let name = try Sample.name("sample")
            let state = UpstreamPageState(
                validators: PageValidators(entityTag: "\"2\"", lastModified: nil), fetchedAt: SampleTime.after(50),
                freshUntil: SampleTime.after(60))
            func renew(_ before: Timestamp) async throws {
                try await database.renewUpstreamPage(of: name, from: "pypi", fetchedBefore: before, as: state)
            }
            let first = try page()
            try await renew(first.state.fetchedAt)
            #expect(try await database.upstreamPage(of: name, from: "pypi") == nil)
            try await database.keepUpstreamPage(first, pins: [])
            try await renew(first.state.fetchedAt.adding(microseconds: -1))
            try expect(try await database.upstreamPage(of: name, from: "pypi"), equals: first)
            try await renew(first.state.fetchedAt)
            let renewed = try #require(try await database.upstreamPage(of: name, from: "pypi"))
            #expect(renewed.state == state)
            #expect(try renewed.body == page().body)
        },
        Check("forgets a page, and keeps its pins") { database in
            let name = try Sample.name("sample")
            let pin = UpstreamPin(
                filename: "sample-1.tar.gz", sha256: Sample.digest("1"), firstSeenAt: SampleTime.start)
            try await database.keepUpstreamPage(page(), pins: [pin])
            try await database.forgetUpstreamPage(of: name, from: "pypi")
            #expect(try await database.upstreamPage(of: name, from: "pypi") == nil)
            #expect(try await database.upstreamPageState(of: name, from: "pypi") == nil)
            #expect(try await database.pins(of: name, from: "pypi") == [pin.filename: pin])
            try await database.forgetUpstreamPage(of: name, from: "pypi")
        },
        Check("keeps a page of 20 MB whole, with pins by the thousand") { database in
            let name = try Sample.name("sample")
            let body = String(repeating: "0123456789abcdeé", count: 20 << 16)
            let pins = (0..<2_500).map {
                UpstreamPin(filename: "sample-\($0).tar.gz", sha256: nil, firstSeenAt: SampleTime.start)
            }
            try await database.keepUpstreamPage(page(body), pins: pins)
            #expect(try await database.upstreamPage(of: name, from: "pypi")?.body == body)
            #expect(try await database.pins(of: name, from: "pypi").count == 2_500)
        },
        Check("writes no audit, takes no serial and leaves nothing in the outbox for pages and pins") { database in
            try await database.declareIndexes([.main])
            let pin = UpstreamPin(filename: "sample-1.tar.gz", sha256: nil, firstSeenAt: SampleTime.start)
            try await database.keepUpstreamPage(page(), pins: [pin])
            _ = try await database.pin(
                pin, project: Sample.name("sample"), upstream: "pypi", storedAfter: 0, now: SampleTime.start)
            #expect(try await database.audit(limit: 10, before: nil).isEmpty)
            #expect(try await database.claimOutbox(limit: 10, now: SampleTime.start).isEmpty)
            #expect(try await database.projects(in: .main).serial == 0)
        },
    ]

    private static let filename = "sample-1.0-py3-none-any.whl"

    private static func pin(
        _ contents: String?, size: Int64? = nil, metadata: String? = nil, at: Int64 = 0
    ) -> UpstreamPin {
        UpstreamPin(
            filename: filename, sha256: contents.map(Sample.digest), size: size,
            metadataDigest: metadata.map(Sample.digest), metadataSize: metadata.map { Int64($0.utf8.count) },
            firstSeenAt: SampleTime.after(at))
    }

    private static func seen(_ pin: UpstreamPin, _ database: Subject) async throws -> UpstreamPin? {
        try await database.keepUpstreamPage(page("\(pin.firstSeenAt)"), pins: [pin])
        return try await database.pins(of: Sample.name("sample"), from: "pypi")[filename]
    }

    private static func learned(
        _ pin: UpstreamPin, _ database: Subject, storedAfter: Int64 = 0, now: Int64 = 0
    ) async throws -> UpstreamPin {
        let answer = try await database.pin(
            pin, project: Sample.name("sample"), upstream: "pypi", storedAfter: storedAfter,
            now: SampleTime.after(now))
        #expect(try await database.pins(of: Sample.name("sample"), from: "pypi")[filename] == answer)
        return answer
    }

    private static let pinChecks: [Check] = [
        Check("keeps the first sight of a file, whatever later pages say of the same digest") { database in
            let first = try await seen(pin("a"), database)
            #expect(first == pin("a"))
            #expect(try await seen(pin("a", at: 10), database) == pin("a"))
            #expect(try await seen(pin(nil, at: 20), database) == pin("a"))
            #expect(try await database.pins(of: Sample.name("sample"), from: "other").isEmpty)
            #expect(try await database.pins(of: Sample.name("other"), from: "pypi").isEmpty)
        },
        Check("begins again with another digest, and forgets what was learned of the old one") { database in
            _ = try await seen(pin("a"), database)
            #expect(
                try await learned(pin("a", size: 5, metadata: "m", at: 5), database) == pin("a", size: 5, metadata: "m")
            )
            #expect(try await seen(pin("b", at: 10), database) == pin("b", at: 10))
        },
        Check("learns what is not pinned yet, and nothing else") { database in
            let first = try await learned(pin(nil, at: 1), database)
            #expect(first == pin(nil, at: 1))
            #expect(try await learned(pin(nil, metadata: "m", at: 2), database) == pin(nil, metadata: "m", at: 1))
            #expect(
                try await learned(pin("a", size: 5, metadata: "other", at: 3), database)
                    == pin("a", size: 5, metadata: "m", at: 1))
            #expect(
                try await learned(pin("a", size: 6, at: 4), database) == pin("a", size: 5, metadata: "m", at: 1))
        },
        Check("takes a learned digest for pinned when a page states it later") { database in
            _ = try await learned(pin("a", size: 5, metadata: "m"), database)
            #expect(try await seen(pin("a", at: 10), database) == pin("a", size: 5, metadata: "m"))
            #expect(try await seen(pin("b", at: 20), database) == pin("b", at: 20))
        },
        Check("gives a sight that had no digest the one that a page states first") { database in
            _ = try await seen(pin(nil), database)
            #expect(try await seen(pin("a", at: 10), database) == pin("a"))
        },
        Check("learns nothing of other bytes than the pinned ones") { database in
            _ = try await seen(pin("a"), database)
            #expect(try await learned(pin("b", size: 5, metadata: "m", at: 5), database) == pin("a"))
        },
        Check("keeps learned core metadata from a sweep, until another digest takes their place") { database in
            let blob = BlobName(digest: Sample.digest("m"), name: filename + ".metadata")
            let other = BlobName(digest: Sample.digest("m"), name: "other-1.tar.gz.metadata")
            _ = try await seen(pin("a"), database)
            #expect(
                try await database.unnamedBlobs(among: [blob, other], now: SampleTime.start) == [blob, other])
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            _ = try await learned(pin("a", metadata: "m"), database)
            #expect(try await database.unnamedBlobs(among: [blob, other], now: SampleTime.start) == [other])
            #expect(try await !database.takeForSweep(blob, now: SampleTime.after(10)))
            _ = try await seen(pin("b", at: 20), database)
            #expect(try await database.unnamedBlobs(among: [blob], now: SampleTime.start) == [blob])
            #expect(try await !database.takeForSweep(blob, now: SampleTime.after(30)), "its mark was cleared")
        },
        Check("pins no core metadata that a sweep is removing, or has removed") { database in
            let blob = BlobName(digest: Sample.digest("m"), name: filename + ".metadata")
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(blob, now: SampleTime.after(10)))
            // When the file was first seen, long ago, does not matter to whether the removal goes on.
            let old = pin("a", size: 5, at: -90_000)
            #expect(
                try await learned(pin("a", size: 5, metadata: "m", at: -90_000), database, now: 11) == old)
            #expect(try await database.finishSweep(of: blob))
            #expect(
                try await learned(pin("a", metadata: "m", at: 20), database, now: 20) == old,
                "they must be stored again")
            let removals = try await database.removals()
            #expect(
                try await learned(pin("a", metadata: "m", at: 21), database, storedAfter: removals, now: 21)
                    == pin("a", size: 5, metadata: "m", at: -90_000))
        },
        Check("pins core metadata beside a sweep that never finishes, after a minute") { database in
            let blob = BlobName(digest: Sample.digest("m"), name: filename + ".metadata")
            _ = try await database.markForSweep([blob], now: SampleTime.start, dueIfMarkedBy: SampleTime.start)
            #expect(try await database.takeForSweep(blob, now: SampleTime.start))
            let news = pin("a", metadata: "m", at: -90_000)
            #expect(try await learned(news, database, now: 59) == pin("a", at: -90_000))
            #expect(try await learned(news, database, now: 61) == news)
        },
        Check("remembers that core metadata were looked for in vain, until there are some or other bytes") { database in
            var nothing = pin("a", at: 5)
            nothing.lacksMetadata = true
            _ = try await seen(pin("a"), database)
            #expect(try await learned(nothing, database).lacksMetadata)
            #expect(try await learned(pin("a", size: 5, at: 6), database).lacksMetadata)
            #expect(try await seen(pin("a", at: 7), database)?.lacksMetadata == true)
            #expect(try await learned(pin("a", metadata: "m", at: 8), database) == pin("a", size: 5, metadata: "m"))
            #expect(try await learned(nothing, database) == pin("a", size: 5, metadata: "m"))
            #expect(try await seen(pin("b", at: 9), database) == pin("b", at: 9))
            nothing.sha256 = Sample.digest("b")
            #expect(try await learned(nothing, database).lacksMetadata)
            #expect(try await seen(pin("c", at: 10), database) == pin("c", at: 10))
        },
        Check("forgets learned core metadata that are purged") { database in
            _ = try await learned(pin("a", metadata: "m"), database)
            _ = try await database.purge(Sample.digest("m"), by: Sample.author())
            #expect(try await database.pins(of: Sample.name("sample"), from: "pypi")[filename] == pin("a"))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            #expect(shelf.removed == [BlobName(digest: Sample.digest("m"), name: filename + ".metadata")])
        },
    ]
}
