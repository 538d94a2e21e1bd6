import NIOCore
import Registry

/// The connection of one replica to the database and the store: late, sometimes cut, and dead with the replica.
final class Link: @unchecked Sendable {
    let world: World
    /// How often a call fails, of 1.
    var failures: Double
    /// The longest that a call takes one way, in microseconds.
    var delay: Int64
    private(set) var isAlive = true
    private var mourners: [() -> Void] = []

    init(world: World, failures: Double, delay: Int64) {
        self.world = world
        self.failures = failures
        self.delay = delay
    }

    /// Ends the replica: whatever it waits for never comes.
    func cut() {
        isAlive = false
        for mourner in mourners { mourner() }
        mourners = []
    }

    /// Calls a closure when the replica dies, or at once if it has.
    func whenCut(_ call: @escaping () -> Void) {
        if isAlive { mourners.append(call) } else { call() }
    }

    /// Carries a call there and its answer back. What is under way when the replica dies may still be done.
    func call<Value>(lasting most: Int64? = nil, _ work: () throws -> Value) async throws -> Value {
        await world.pause(upTo: most ?? delay)
        if !isAlive {
            if world.happens(0.5) { _ = try? work() }
            await never()
        }
        if world.happens(failures / 2) { throw Self.lost }
        let outcome = Result { try work() }
        await world.pause(upTo: delay)
        if !isAlive { await never() }
        // The work is done, and nobody is told.
        if world.happens(failures / 2) { throw Self.lost }
        return try outcome.get()
    }

    private static let lost = RegistryError(.unavailable, "The connection was lost.")

    /// Does not return to what is dead.
    func stopIfDead() async {
        if !isAlive { await never() }
    }

    private func never() async {
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
}
