import Foundation
import NIOCore
import PackagingStandards

@testable import Registry
@testable import SQLDatabase

/// How rough one schedule is, as its seed decides.
struct Plan {
    static let beginning: Int64 = 1_800_000_000_000_000
    static let indexes = ["one", "two", "three"].compactMap { IndexName($0) }

    let replicas: Int
    let clients: Int
    let turns: Int
    let failures: Double
    let delay: Int64
    let longestWrite: Int64
    /// How far a replica's clock is off at most.
    let skew: Int64
    let crashes: Double

    init(_ world: World) {
        replicas = Int.random(in: 2...3, using: &world.generator)
        clients = Int.random(in: 2...4, using: &world.generator)
        turns = Int.random(in: 4...12, using: &world.generator)
        failures = world.pick([0, 0, 0.02, 0.1])
        delay = world.pick([2_000, 20_000, 500_000])
        // A removal has half of its lease for this; one that takes longer can take bytes that are named again by then.
        longestWrite = world.pick([5_000, 500_000, 20_000_000])
        skew = world.pick([0, 0, 1_000_000, 5_000_000])
        crashes = world.pick([0, 0.05, 0.2])
    }
}

/// One run of a few replicas and clients, and what is wrong in it.
final class Schedule: @unchecked Sendable {
    private let world: World
    private let plan: Plan
    private let server: SimulatedServer
    private let bucket: SimulatedBucket
    private var replicas: [Replica] = []
    private var places: [Place] = []
    private var births = 0
    private var clientsAtWork = 0
    /// Who does the work that one does for all.
    private var atWork: Replica?
    /// What was seen that must not be.
    private(set) var faults: [String] = []

    /// A file name of an index, and what is known of it.
    private final class Place: @unchecked Sendable {
        enum State: Equatable, CustomStringConvertible {
            case absent
            case published(Int)
            case deleted

            var description: String {
                switch self {
                case .absent: "absent"
                case .published(let variant): "published (\(variant))"
                case .deleted: "deleted"
                }
            }
        }

        let index: IndexName
        let uploads: [Upload]
        /// All that may be true: one, unless a write was not answered.
        var states: [State] = [.absent]
        /// Whether somebody writes it.
        var isBusy = false
        /// Counts writes that began or ended.
        var changes = 0

        init(index: IndexName, uploads: [Upload]) {
            self.index = index
            self.uploads = uploads
        }

        var filename: String { uploads[0].filename }
        var project: NormalizedName { uploads[0].project }
        func mayBeListed() -> Bool { states.contains { if case .published = $0 { true } else { false } } }
        func mustBeListed() -> Bool { states.allSatisfy { if case .published = $0 { true } else { false } } }
    }

    init(seed: UInt64, server: SimulatedServer, uploads: [[Upload]], tells: Bool = false) throws {
        world = .only
        world.begin(seed: seed, tells: tells)
        plan = Plan(world)
        self.server = server
        try server.clear()
        bucket = SimulatedBucket(bug: server.bug)
        places = Plan.indexes.flatMap { index in uploads.map { Place(index: index, uploads: $0) } }
    }

    var story: [String] { world.story }

    /// Runs it to its end. Returns what is wrong.
    func run() -> [String] {
        do {
            try world.run { [self] in await all() }
        } catch {
            faults.append("\(error)")
        }
        return faults
    }

    private func all() async {
        for _ in 0..<plan.replicas { await begin() }
        clientsAtWork = plan.clients
        for number in 0..<plan.clients {
            Task { [self] in
                for _ in 0..<plan.turns {
                    await world.pause(upTo: 20_000_000)
                    await turn(of: number)
                }
                clientsAtWork -= 1
            }
        }
        while clientsAtWork > 0 {
            await world.pause(1_000_000)
            if world.happens(plan.crashes / 5), let victim = replicas.randomElement(using: &world.generator) {
                await crash(victim)
            }
        }
        await settle()
    }

    // MARK: Replicas

    private func begin() async {
        births += 1
        let replica = Replica(
            name: "replica \(births)", world: world, plan: plan, server: server, bucket: bucket)
        world.tell("\(replica.name) starts")
        while true {
            do {
                try await replica.registry.start()
                break
            } catch let error as RegistryError where error.code == .unavailable {
                await world.pause(100_000)
            } catch {
                faults.append("\(replica.name) does not start: \(error)")
                break
            }
        }
        replicas.append(replica)
        Task { [self] in
            while replica.link.isAlive {
                await world.pause(upTo: 60_000_000)
                try? await replica.registry.outbox.flush()
                await workAlone(replica)
            }
        }
    }

    /// Does some work under a lease, and looks that nobody else does.
    private func workAlone(_ replica: Replica) async {
        _ = try? await replica.registry.leases.once(.pageExpiry, every: .seconds(60)) { [self] in
            world.tell("\(replica.name) works alone")
            if let other = atWork, other.link.isAlive {
                faults.append("\(replica.name) works beside \(other.name)")
            }
            atWork = replica
            await world.pause(upTo: 10_000_000)
            await replica.link.stopIfDead()
            atWork = nil
        }
    }

    private func crash(_ replica: Replica) async {
        world.tell("\(replica.name) dies")
        replica.link.cut()
        replicas.removeAll { $0 === replica }
        await world.pause(upTo: 10_000_000)
        await begin()
    }

    // MARK: Clients

    private func turn(of client: Int) async {
        guard let replica = replicas.randomElement(using: &world.generator) else { return }
        let place = world.pick(places)
        switch Int.random(in: 0..<10, using: &world.generator) {
        case 0...3: await write(place, "publish", to: replica) { await self.publish(place, to: replica) }
        case 4: await write(place, "delete", to: replica) { await self.delete(place, at: replica) }
        case 5: await purge(place, at: replica)
        case 6: await sweep(at: replica)
        default: await read(place, at: replica)
        }
        // What was answered holds at the next request of any replica.
        if let other = replicas.randomElement(using: &world.generator) { await read(place, at: other) }
    }

    /// Has one client at a time write a file; one whose replica dies goes on with another, and doesn't know.
    private func write(
        _ place: Place, _ verb: String, to replica: Replica, _ work: @escaping @Sendable () async -> Void
    ) async {
        guard !place.isBusy else { return }
        place.isBusy = true
        place.changes += 1
        world.tell("\(verb) \(place.filename) in \(place.index) at \(replica.name)")
        await unlessDead(replica) { await work() }
        world.tell("\(verb) \(place.filename) in \(place.index) at \(replica.name): \(place.states)")
        place.changes += 1
        place.isBusy = false
    }

    /// Does something at a replica, or stops waiting when that is dead.
    private func unlessDead(_ replica: Replica, _ work: @escaping @Sendable () async -> Void) async {
        let end = End()
        Task {
            await work()
            end.come()
        }
        await withUnsafeContinuation { continuation in
            end.whenCome(continuation)
            replica.link.whenCut { end.come() }
        }
        // What the dead one has sent may still be done.
        if !replica.link.isAlive { await world.pause(plan.delay) }
    }

    /// The end of some work, or of the replica that does it.
    private final class End: @unchecked Sendable {
        private var hasCome = false
        private var waiting: UnsafeContinuation<Void, Never>?

        func come() {
            hasCome = true
            waiting?.resume()
            waiting = nil
        }

        func whenCome(_ continuation: UnsafeContinuation<Void, Never>) {
            if hasCome { continuation.resume() } else { waiting = continuation }
        }
    }

    private func publish(_ place: Place, to replica: Replica) async {
        let variant = Int.random(in: place.uploads.indices, using: &world.generator)
        let upload = place.uploads[variant]
        let before = place.states
        place.states = before + (before.contains(.absent) ? [.published(variant)] : [])
        do {
            try await replica.registry.freshness.ensureCurrent()
            _ = try await replica.registry.publishing.publish(
                upload.form, file: upload.spooled, to: place.index, caller: Self.root)
            guard replica.link.isAlive else { return }
            if !before.contains(.absent), !before.contains(.published(variant)) {
                faults.append("\(place.filename) was published over \(before)")
            }
            place.states = [.published(variant)]
        } catch let error as RegistryError where error.code == .alreadyExists {
            place.states = before.filter { $0 != .absent && $0 != .published(variant) }
            if place.states.isEmpty { faults.append("\(place.filename) is refused, but was \(before)") }
        } catch let error as RegistryError where error.code == .unavailable {
            // It may be there or not.
        } catch {
            faults.append("publish: \(error)")
        }
    }

    private func delete(_ place: Place, at replica: Replica) async {
        let before = place.states
        place.states = before + (place.mayBeListed() ? [.deleted] : [])
        do {
            try await replica.registry.freshness.ensureCurrent()
            try await replica.registry.management.delete(
                FileTarget(index: place.index, project: place.project, selection: .file(place.filename)),
                caller: Self.root)
            if !before.contains(where: { $0 != .absent }) {
                faults.append("\(place.filename) was deleted from nothing")
            }
            place.states = [.deleted]
        } catch let error as RegistryError where error.code == .notFound {
            place.states = before.filter { if case .published = $0 { false } else { true } }
            if place.states.isEmpty { faults.append("\(place.filename) is not found, but was \(before)") }
        } catch let error as RegistryError where error.code == .unavailable {
        } catch {
            faults.append("delete: \(error)")
        }
    }

    /// Takes bytes from all indexes and the store at once.
    private func purge(_ place: Place, at replica: Replica) async {
        let all = places.filter { $0.filename == place.filename }
        guard case .published(let variant)? = place.states.last, all.allSatisfy({ !$0.isBusy }) else { return }
        let before = all.map(\.states)
        for one in all {
            one.isBusy = true
            one.changes += 1
            if one.states.contains(.published(variant)) { one.states.append(.deleted) }
        }
        world.tell("purge \(place.filename) \(variant) at \(replica.name)")
        await unlessDead(replica) { [self] in
            do {
                try await replica.registry.freshness.ensureCurrent()
                _ = try await replica.registry.management.purge(
                    place.uploads[variant].digests.sha256, caller: Self.root)
                for (one, states) in zip(all, before) {
                    one.states = states.map { $0 == .published(variant) ? .deleted : $0 }
                }
            } catch let error as RegistryError where error.code == .notFound || error.code == .unavailable {
            } catch {
                faults.append("purge: \(error)")
            }
        }
        for one in all {
            one.changes += 1
            one.isBusy = false
        }
    }

    private func sweep(at replica: Replica) async {
        let age = world.pick([0, 0, 30_000_000])
        world.tell("sweep at \(replica.name)")
        await unlessDead(replica) { [self] in
            do {
                let report = try await replica.registry.sweeping.sweep(age: Int64(age))
                world.tell("sweep at \(replica.name): \(report.removed) removed")
            } catch let error as RegistryError where error.code == .unavailable {
            } catch {
                faults.append("sweep: \(error)")
            }
        }
    }

    /// Reads a page and a file of it, and holds both to what was answered before.
    private func read(_ place: Place, at replica: Replica) async {
        await unlessDead(replica) { [self] in
            let changes = place.changes
            let (mayBe, mustBe) = (place.mayBeListed(), place.mustBeListed())
            guard let isListed = await lists(replica, place) else { return }
            // Who read while it was written may have seen either.
            guard place.changes == changes, !place.isBusy else { return }
            if isListed, !mayBe {
                faults.append("\(replica.name) lists \(place.filename) in \(place.index), which is \(place.states)")
            }
            if !isListed, mustBe {
                faults.append("\(replica.name) lacks \(place.filename) in \(place.index), which is \(place.states)")
            }
            guard isListed else { return }
            let problem = await download(place, at: replica)
            if let problem, place.changes == changes, !place.isBusy {
                faults.append("\(replica.name) lists \(place.filename) in \(place.index), but: \(problem)")
            }
        }
    }

    private func lists(_ replica: Replica, _ place: Place) async -> Bool? {
        do {
            try await replica.registry.freshness.ensureCurrent()
            let answer = try await replica.registry.pages.project(
                place.project, format: .json, in: place.index, caller: Self.root)
            guard case .page(let page) = answer else { return nil }
            return String(buffer: page.identity.bytes).contains("\"\(place.filename)\"")
        } catch let error as RegistryError where error.code == .notFound {
            return false
        } catch let error as RegistryError where error.code == .unavailable {
            return nil
        } catch {
            faults.append("page: \(error)")
            return nil
        }
    }

    /// Returns what is wrong with the bytes of a file that is listed.
    private func download(_ place: Place, at replica: Replica) async -> String? {
        let variants = place.states.compactMap { if case .published(let variant) = $0 { variant } else { nil } }
        for variant in variants {
            let upload = place.uploads[variant]
            let address = FileAddress(index: place.index, sha256: upload.digests.sha256, filename: place.filename)
            do {
                try await replica.registry.freshness.ensureCurrent()
                let file = try await replica.registry.downloads.file(at: address, caller: Self.root)
                guard case .bytes(let bytes) = file.contents, Array(buffer: bytes) == upload.bytes else {
                    return "other bytes"
                }
                return nil
            } catch let error as RegistryError where error.code == .unavailable {
                return nil
            } catch let error as RegistryError where error.code == .notFound {
                continue
            } catch {
                return "\(error)"
            }
        }
        return "no file"
    }

    // MARK: The end

    /// Ends all trouble, has what is left over done, and looks at everything.
    private func settle() async {
        world.tell("trouble ends")
        // Bounded work that the last clients left at dead replicas.
        await world.pause(180_000_000)
        for replica in replicas {
            replica.link.failures = 0
            replica.link.delay = 2_000
        }
        for replica in replicas {
            do {
                try await replica.registry.outbox.flush()
            } catch {
                faults.append("the outbox at the end: \(error)")
            }
        }
        for place in places { for replica in replicas { await read(place, at: replica) } }
        for _ in 0..<2 {
            for replica in replicas { await sweep(at: replica) }
            await world.pause(120_000_000)
        }
        for place in places { for replica in replicas { await read(place, at: replica) } }
        do {
            try lookAtStore()
        } catch {
            faults.append("the end: \(error)")
        }
    }

    private static let root = Caller.person(Person(id: 1, name: "root", isAdministrator: true, groups: []))

    /// What the database names is in the store and in the newest manifests, and nothing else is.
    private func lookAtStore() throws {
        let rows = try server.run { connection in
            try connection.all(
                """
                SELECT indexes.name, projects.name, files.filename, files.state, files.sha256, files.metadata_sha256
                FROM files JOIN projects ON projects.id = files.project_id JOIN indexes ON indexes.id = projects.index_id
                """
            ) { row in
                (
                    file: "\(row.text(0))/\(row.text(1))/\(row.text(2))", filename: row.text(2), state: row.text(3),
                    digest: row.digest(4), metadata: row.digest(5)
                )
            }
        }
        let waiting = try server.run { try $0.all("SELECT id FROM outbox") { $0.integer(0) } }
        if !waiting.isEmpty { faults.append("\(waiting.count) tasks are left in the outbox") }
        let contents = bucket.contents
        var latest: [String: FileManifest] = [:]
        for (key, bytes) in contents
        where key.hasPrefix(StorageKey.manifestsPrefix) && StorageKey(listed: key).isFileManifest {
            let manifest = try JSONDecoder().decode(FileManifest.self, from: Data(bytes.readableBytesView))
            let file = "\(manifest.index)/\(manifest.project)/\(manifest.filename)"
            if (latest[file]?.serial ?? -1) < manifest.serial { latest[file] = manifest }
        }
        var named: Set<String> = []
        for row in rows {
            if latest[row.file]?.state.rawValue != row.state {
                faults.append(
                    "\(row.file) is \(row.state), its manifest \(String(describing: latest[row.file]?.state))")
            }
            guard row.state == "published", let digest = row.digest else { continue }
            var keys = [StorageKey.file(digest, row.filename)]
            if let metadata = row.metadata { keys.append(.metadata(metadata, of: row.filename)) }
            for key in keys {
                named.insert(key.description)
                if contents[key.description] == nil { faults.append("\(key) is named, and not in the store") }
            }
        }
        for key in contents.keys where key.hasPrefix(StorageKey.filesPrefix) && !named.contains(key) {
            faults.append("\(key) is in the store, and nothing names it")
        }
    }
}
