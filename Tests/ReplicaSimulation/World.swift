import Glibc
import LocalFiles
import RegistryTestSupport

/// One thread, on which all tasks run in an order that a seed decides, and a clock that jumps to whatever comes next.
///
/// It takes the place of Swift's own threads for the whole process, by a hook of the concurrency runtime: so the tasks of
/// the code under test come here too. Nothing else may run tasks meanwhile.
final class World: TaskExecutor, @unchecked Sendable {
    /// The one of this process: what a schedule leaves behind may still refer to it.
    static let only = World()

    var generator: SeededGenerator
    /// Microseconds since the beginning.
    private(set) var now: Int64 = 0
    private var ready: [UnownedJob] = []
    private var later = Heap()
    /// What has happened, for who looks into a failure; empty unless it is asked for.
    private(set) var story: [String] = []
    private var tells = false

    private let thread = pthread_self()

    private init() {
        generator = SeededGenerator(seed: 0)
        _ = Self.takeOver
    }

    /// Forgets everything, and begins again.
    func begin(seed: UInt64, tells: Bool) {
        generator = SeededGenerator(seed: seed)
        now = 0
        ready = []
        later = Heap()
        story = []
        self.tells = tells
    }

    func enqueue(_ job: consuming ExecutorJob) {
        run(UnownedJob(job))
    }

    func run(_ job: UnownedJob) {
        precondition(
            pthread_equal(pthread_self(), thread) != 0, "a job comes from another thread: nothing is repeatable")
        ready.append(job)
    }

    /// Runs a task, and all that others do meanwhile, until it ends.
    ///
    /// - Throws: `Stuck` if nothing can go on, or it takes too long.
    func run(_ work: @escaping @Sendable () async -> Void) throws(Stuck) {
        let hasEnded = Flag()
        Task {
            await work()
            hasEnded.isSet = true
        }
        var steps = 0
        while !hasEnded.isSet {
            steps += 1
            guard steps < 2_000_000 else { throw Stuck(reason: "it takes too many steps") }
            if ready.isEmpty {
                guard let next = later.pop() else { throw Stuck(reason: "nothing can go on") }
                now = max(now, next.at)
                next.action()
            } else {
                let job = ready.remove(at: Int.random(in: ready.indices, using: &generator))
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    /// Does something at a later time.
    func after(_ microseconds: Int64, _ action: @escaping () -> Void) {
        later.push(at: now + max(0, microseconds), action)
    }

    /// Waits.
    func pause(_ microseconds: Int64) async {
        await withUnsafeContinuation { continuation in
            after(microseconds) { continuation.resume() }
        }
    }

    /// Waits for a while that chance decides, mostly short, sometimes long.
    func pause(upTo longest: Int64) async {
        let share = Double.random(in: 0..<1, using: &generator)
        // The cube makes most of them short.
        await pause(Int64(Double(longest) * share * share * share))
    }

    func happens(_ share: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < share
    }

    func pick<Element>(_ elements: some Collection<Element>) -> Element {
        guard let element = elements.randomElement(using: &generator) else {
            preconditionFailure("there is nothing to pick")
        }
        return element
    }

    func tell(_ text: @autoclosure () -> String) {
        if tells { story.append("\(Double(now) / 1e6) \(text())") }
    }

    /// Nothing went on any more.
    struct Stuck: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    private final class Flag: @unchecked Sendable {
        var isSet = false
    }

    // MARK: Hooks

    private typealias Enqueue = @convention(thin) (UnownedJob) -> Void
    private typealias EnqueueHook = @convention(thin) (UnownedJob, Enqueue) -> Void

    /// Has the runtime's jobs come here; once for the process.
    private static let takeOver: Void = {
        guard let enqueue = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else {
            preconditionFailure("the runtime has no hook for tasks")
        }
        enqueue.assumingMemoryBound(to: EnqueueHook?.self).pointee = { job, _ in World.only.run(job) }
        BlockingThreads.simulate { World.only.run($0) }
    }()
}

/// What is to be done later, by time, and at the same time in the order in which it came.
private struct Heap {
    struct Entry {
        let at: Int64
        let number: Int
        let action: () -> Void

        func isBefore(_ other: Entry) -> Bool { (at, number) < (other.at, other.number) }
    }

    private var entries: [Entry] = []
    private var count = 0

    mutating func push(at: Int64, _ action: @escaping () -> Void) {
        count += 1
        entries.append(Entry(at: at, number: count, action: action))
        var place = entries.count - 1
        while place > 0, entries[place].isBefore(entries[(place - 1) / 2]) {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func pop() -> Entry? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var place = 0
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < entries.count }
            guard let least = children.min(by: { entries[$0].isBefore(entries[$1]) }),
                entries[least].isBefore(entries[place])
            else { return first }
            entries.swapAt(place, least)
            place = least
        }
    }
}
