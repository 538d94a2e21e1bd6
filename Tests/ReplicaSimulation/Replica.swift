import LocalFiles
import Logging
import NIOPosix
import PackagingStandards
import Registry
import RegistryTestSupport

@testable import SQLDatabase

/// A process of Cellar: the real services over the simulated database and store. It dies at any moment, and its links
/// with it.
final class Replica: @unchecked Sendable {
    let name: String
    let link: Link
    let registry: RegistryServices

    init(name: String, world: World, plan: Plan, server: SimulatedServer, bucket: SimulatedBucket) {
        self.name = name
        link = Link(world: world, failures: plan.failures, delay: plan.delay)
        let skew = Int64.random(in: -plan.skew...plan.skew, using: &world.generator)
        let clock = WallClock {
            Timestamp(microseconds: Plan.beginning + world.now + skew)
        } sleep: { [link] duration in
            await world.pause(
                duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000)
            await link.stopIfDead()
        }
        registry = RegistryServices(
            settings: RegistrySettings(indexes: Plan.indexes.map { IndexSettings(name: $0) }),
            database: SQLDatabase(driver: SimulatedDriver(server: server, link: link), clock: clock),
            storage: SimulatedStore(bucket: bucket, link: link, longestWrite: plan.longestWrite),
            spool: Spool(path: "/nonexistent", capacity: 1 << 20, threads: Self.noThreads), workers: Self.noThreads,
            clock: clock, logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Nothing may ask for a thread here: it would not be repeatable.
    private static let noThreads = NIOThreadPool(numberOfThreads: 1)
}

/// A small wheel, in memory as the spool keeps it.
struct Upload: Sendable {
    let project: NormalizedName
    let form: UploadForm
    let filename: String
    let bytes: [UInt8]
    let digests: FileDigests

    init(project: String, version: String, variant: Int) throws {
        var wheel = WheelBuilder(name: project, version: version)
        wheel.files = [("\(project).py", Array("variant = \(variant)\n".utf8))]
        bytes = try wheel.build()
        filename = wheel.filename
        form = UploadForm(
            filename: wheel.filename,
            fields: [(":action", "file_upload"), ("protocol_version", "1"), ("name", project), ("version", version)])
        var hasher = FileHasher()
        hasher.update(bytes)
        digests = hasher.finalize()
        guard let name = NormalizedName(project) else { preconditionFailure("\(project) is no name") }
        self.project = name
    }

    var spooled: SpooledFile { SpooledFile(reader: Bytes(bytes: bytes), digests: digests) }

    private struct Bytes: RandomAccessBytes, Sendable {
        let bytes: [UInt8]
        var size: Int64 { Int64(bytes.count) }

        func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
            let part = bytes.dropFirst(Int(offset)).prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
    }
}
