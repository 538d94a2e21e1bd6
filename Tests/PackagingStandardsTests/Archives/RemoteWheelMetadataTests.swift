import NIOCore
import PackagingStandards
import RegistryTestSupport
import Synchronization
import Testing

private func isMetadata(_ entry: ZipBuilder.Entry) -> Bool {
    entry.name.suffix(8).elementsEqual("METADATA".utf8)
}

@Suite("METADATA of remote wheels")
struct RemoteWheelMetadataTests {
    /// A wheel behind ranges, which counts what is fetched of it.
    private final class Remote: Sendable {
        struct Fetched {
            var ranges: [Range<Int64>] = []
            var bytes: Int { ranges.reduce(0) { $0 + $1.count } }
        }
        let wheel: [UInt8]
        let fetched = Mutex(Fetched())

        init(_ wheel: [UInt8]) { self.wheel = wheel }

        @Sendable func read(_ range: RemoteRange) -> RemoteWheelMetadata.Part {
            let size = Int64(wheel.count)
            let wanted: Range<Int64>
            switch range {
            case .last(let count): wanted = max(0, size - count)..<size
            case .bytes(let bytes): wanted = bytes.clamped(to: 0..<size)
            }
            fetched.withLock { $0.ranges.append(wanted) }
            return (ByteBuffer(bytes: wheel[Int(wanted.lowerBound)..<Int(wanted.upperBound)]), wanted.lowerBound, size)
        }
    }

    private struct Unreachable: Error {}

    private func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    private func builder(files: Int = 1, size: Int = 100) -> WheelBuilder {
        var builder = WheelBuilder(name: "demo", version: "1.0")
        builder.files = (0..<files).map { ("demo/module_\($0).py", noise(size, seed: UInt64($0 + 1))) }
        builder.headers = [("Requires-Dist", "other>=1.0")]
        return builder
    }

    private func metadata(_ builder: WheelBuilder) throws -> RemoteWheelMetadata {
        RemoteWheelMetadata(filename: try #require(WheelFilename(builder.filename)), size: nil)
    }

    private func refusal(_ wheel: [UInt8], limits: ArchiveLimits = ArchiveLimits()) async -> ArchiveError? {
        guard let filename = WheelFilename("demo-1.0-py3-none-any.whl") else { return nil }
        do {
            _ = try await RemoteWheelMetadata(filename: filename, size: nil, limits: limits).bytes(
                reading: Remote(wheel).read)
            return nil
        } catch {
            return error as? ArchiveError
        }
    }

    @Test("One small range is enough for a small wheel")
    func small() async throws {
        let builder = builder()
        let remote = Remote(try builder.build())
        #expect(try await metadata(builder).bytes(reading: remote.read) == builder.metadataBytes)
        #expect(remote.fetched.withLock { $0.ranges } == [0..<Int64(remote.wheel.count)])
    }

    @Test(
        "However many files there are, nothing is fetched twice and nothing but the directory, the entry and the tail",
        arguments: [(1, 1_000_000), (150, 20_000), (1000, 300), (3000, 10)], [false, true])
    func large(shape: (files: Int, size: Int), isFirst: Bool) async throws {
        var builder = builder(files: shape.files, size: shape.size)
        builder.description = String(decoding: noise(5000).map { $0 % 64 + 32 }, as: UTF8.self)
        builder.isStored = isFirst
        if isFirst {
            builder.entries = { entries in
                entries.filter(isMetadata) + entries.filter { !isMetadata($0) }
            }
        }
        let remote = Remote(try builder.build())
        #expect(try await metadata(builder).bytes(reading: remote.read) == builder.metadataBytes)
        let fetched = remote.fetched.withLock { $0 }
        #expect(fetched.ranges.count <= 3)
        let sorted = fetched.ranges.sorted { $0.lowerBound < $1.lowerBound }
        for (range, next) in zip(sorted, sorted.dropFirst()) { #expect(range.upperBound <= next.lowerBound) }
        let directory = try ZipDirectory(reading: MemoryBytes(remote.wheel))
        let directorySize = directory.entries.reduce(22) { $0 + 46 + $1.path.utf8.count }
        let most = Int(RemoteWheelMetadata.tailSize) + directorySize + builder.metadataBytes.count + 200
        #expect(fetched.bytes <= most)
    }

    @Test("A remote side that gives the whole file instead of a range is asked once")
    func withoutRanges() async throws {
        let builder = builder(files: 300, size: 1000)
        let remote = Remote(try builder.build())
        let bytes = try await metadata(builder).bytes { _ in remote.read(.last(.max)) }
        #expect(bytes == builder.metadataBytes)
        #expect(remote.fetched.withLock { $0.ranges.count } == 1)
    }

    @Test("Entries with data descriptors and ZIP64 ends are read", arguments: [true, false])
    func otherArchives(isWide: Bool) async throws {
        let builder = builder(files: 40, size: 1000)
        var zip = builder.zip()
        zip.hasZip64End = isWide
        for position in zip.entries.indices { zip.entries[position].descriptor = .init() }
        let remote = Remote(try zip.build())
        #expect(try await metadata(builder).bytes(reading: remote.read) == builder.metadataBytes)
    }

    @Test("The folder must be the file name's, however it is spelled there")
    func folder() async throws {
        var other = builder()
        other.distInfoName = "other-1.0"
        let reason = await refusal(try other.build())?.reason
        #expect(reason?.contains("no METADATA in a folder") == true)
        other.distInfoName = "Demo-1.0.0"
        #expect(await refusal(try other.build()) == nil)
    }

    @Test("A wheel without METADATA, or with two folders that could be its own, is refused")
    func missing() async throws {
        var builder = builder()
        builder.entries = { $0.filter { !isMetadata($0) } }
        #expect(await refusal(try builder.build())?.reason.contains("no METADATA in a folder") == true)
        builder.entries = { $0 }
        builder.distInfoName = "Demo-1.0.0"
        builder.files.append(("demo-1.dist-info/METADATA", [1]))
        #expect(await refusal(try builder.build())?.reason.contains("several .dist-info folders") == true)
    }

    /// Something that installers accept, and for which an upload is refused.
    struct Peculiar: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout ZipBuilder) -> Void

        init(_ description: String, _ change: @escaping @Sendable (inout ZipBuilder) -> Void) {
            testDescription = description
            self.change = change
        }
    }

    private static let peculiar: [Peculiar] = [
        .init("a symbolic link") { zip in
            zip.entries[0].externalAttributes = 0o120777 << 16
        },
        .init("a second .dist-info folder") { zip in
            zip.entries.insert(.init("other-3.0.dist-info/METADATA", text: "Name: other"), at: 0)
        },
        .init("a second .dist-info folder behind") { zip in
            zip.entries.append(.init("demo-0.9.dist-info/METADATA", text: "Name: demo"))
        },
        .init("a folder that differs in spelling alone") { zip in
            zip.entries.append(.init("Demo-1.0.0.dist-info/METADATA", text: "Name: other"))
        },
        .init("a file of a doubled name") { zip in zip.entries.append(zip.entries[0]) },
        .init("METADATA twice, of which the last counts") { zip in
            zip.entries.insert(.init("demo-1.0.dist-info/METADATA", text: "Name: first"), at: 0)
        },
        .init("a name that leads out") { zip in zip.entries.append(.init("../outside.py", [1])) },
        .init("a method that only some know") { zip in zip.entries[0].method = 93 },
        .init("an archive comment") { zip in zip.comment = Array("built by hand".utf8) },
        .init("bytes after the end") { zip in zip.suffix = [1, 2, 3] },
        .init("bytes before an entry") { zip in zip.entries[1].bytesBefore = [1, 2, 3] },
        .init("another size in the local header") { zip in
            for position in zip.entries.indices { zip.entries[position].localUncompressedSize = 7 }
        },
        .init("another number of entries in the end record") { zip in zip.announcedCount = 1 },
    ]

    @Test("What installers accept is read, from a part of the wheel and from the whole", arguments: peculiar)
    func lenient(_ peculiar: Peculiar) async throws {
        let builder = builder(files: 2)
        var zip = builder.zip()
        peculiar.change(&zip)
        let wheel = try zip.build()
        #expect(throws: ArchiveError.self) { try WheelArchive.inspect(MemoryBytes(wheel)) { _ in true } }
        let reader = try metadata(builder)
        #expect(try await reader.bytes(reading: Remote(wheel).read) == builder.metadataBytes)
        #expect(try reader.bytes(of: MemoryBytes(wheel)) == builder.metadataBytes)
    }

    @Test("An archive after other bytes is read, with offsets that count them or not", arguments: [true, false])
    func prefixed(areCounted: Bool) async throws {
        let builder = builder(files: 2)
        var zip = builder.zip()
        let script = Array("#!/bin/sh\n".utf8)
        zip.prefix = areCounted ? script : []
        let wheel = areCounted ? try zip.build() : script + (try zip.build())
        let reader = try metadata(builder)
        #expect(try await reader.bytes(reading: Remote(wheel).read) == builder.metadataBytes)
        #expect(try reader.bytes(of: MemoryBytes(wheel)) == builder.metadataBytes)
    }

    @Test("What is not an archive, is empty or holds too much is refused")
    func broken() async throws {
        #expect(await refusal([])?.reason == "the wheel is empty")
        #expect(await refusal(noise(100_000))?.kind == .refused)
        var limits = ArchiveLimits()
        limits.maxMetadataSize = 10
        #expect(await refusal(try builder().build(), limits: limits)?.reason.contains("larger than 10 bytes") == true)
        limits = ArchiveLimits()
        limits.maxDirectorySize = 10
        #expect(await refusal(try builder().build(), limits: limits)?.reason.contains("larger than 10 bytes") == true)
    }

    @Test("A remote side that gives other bytes than asked for is unreadable, never read as something else")
    func liars() async throws {
        let builder = builder(files: 500, size: 200)
        let remote = Remote(try builder.build())
        let size = Int64(remote.wheel.count)
        let reader = try metadata(builder)
        let lies: [@Sendable (RemoteWheelMetadata.Part) -> RemoteWheelMetadata.Part] = [
            { (ByteBuffer(), $0.offset, $0.totalSize) },
            { ($0.bytes.getSlice(at: 0, length: $0.bytes.readableBytes - 1) ?? $0.bytes, $0.offset, $0.totalSize) },
            { ($0.bytes, $0.offset + 1, $0.totalSize) }, { ($0.bytes, -1, $0.totalSize) },
            { ($0.bytes, .max, $0.totalSize) }, { ($0.bytes, $0.offset, $0.totalSize + 1) },
        ]
        for lie in lies {
            for honest in 0..<2 {
                let asked = Mutex(0)
                let error = await #expect(throws: ArchiveError.self) {
                    try await reader.bytes { range in
                        let count = asked.withLock { count in
                            count += 1
                            return count
                        }
                        return count > honest ? lie(remote.read(range)) : remote.read(range)
                    }
                }
                #expect(error?.kind == .unreadable)
            }
        }
        let known = RemoteWheelMetadata(filename: try #require(WheelFilename(builder.filename)), size: size + 1)
        let error = await #expect(throws: ArchiveError.self) { try await known.bytes(reading: remote.read) }
        #expect(error?.reason == "the wheel's size has changed")
        await #expect(throws: Unreachable.self) { try await reader.bytes { _ in throw Unreachable() } }
    }

    @Test("Of a changed wheel, METADATA is the right one or refused", arguments: 0..<4)
    func mutations(seed: UInt64) async throws {
        let builder = builder(files: 3, size: 50)
        let good = try builder.build()
        let reader = try metadata(builder)
        let random = noise(1200, seed: seed + 7)
        for round in 0..<300 {
            var bad = good
            let position = (Int(random[round * 3]) << 8 | Int(random[round * 3 + 1])) % good.count
            bad[position] ^= random[round * 3 + 2] | 1
            if round % 5 == 0 { bad.removeSubrange(position..<min(position + 7, bad.count)) }
            do {
                let bytes = try await reader.bytes(reading: Remote(bad).read)
                #expect(bytes == builder.metadataBytes)
            } catch {
                #expect(error is ArchiveError)
            }
        }
    }
}
