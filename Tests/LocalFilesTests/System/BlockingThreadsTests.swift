import LocalFiles
import NIOPosix
import RegistryTestSupport
import Testing

@Suite("Threads that may block")
struct BlockingThreadsTests {
    @Test("run the tasks that prefer them, and their children, and nothing else")
    func runs() async throws {
        #expect(!BlockingThreads.isCurrent)
        try await BlockingThreads.preferred(true) {
            #expect(BlockingThreads.current === BlockingThreads.forTests)
            try await Task.sleep(for: .milliseconds(1))
            #expect(BlockingThreads.isCurrent)
            async let child = BlockingThreads.isCurrent
            #expect(await child)
            #expect(await Task { BlockingThreads.isCurrent }.value == false)
        }
        #expect(!BlockingThreads.isCurrent)
    }

    @Test("what blocks is run in place on them, and on a pool's thread elsewhere")
    func runsInPlace() async throws {
        let pool = NIOThreadPool.singleton
        #expect(try await pool.runBlocking { BlockingThreads.isCurrent } == false)
        #expect(try await BlockingThreads.preferred(true) { try await pool.runBlocking { BlockingThreads.isCurrent } })
    }

    @Test("after their end, tasks run on other threads")
    func stopped() async throws {
        let threads = BlockingThreads(count: 1)
        #expect(await withTaskExecutorPreference(threads) { BlockingThreads.isCurrent })
        await threads.stop()
        #expect(await withTaskExecutorPreference(threads) { !BlockingThreads.isCurrent })
    }
}
