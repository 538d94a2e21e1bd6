import Dispatch
import Glibc

/// How many files and connections the operating system lets this process have open.
enum OpenFileLimit {
    /// What is kept for stored files, the database and the logs, beside the connections.
    private static let kept = 400

    /// Raises the limit as far as allowed, and has room made for as many descriptors, which goes on for some
    /// milliseconds. Returns how many of them may be connections.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let count = CInt(clamping: limit.rlim_cur)
        DispatchQueue.global().async { makeRoom(for: count) }
        return max(64, Int(limit.rlim_cur) - kept)
    }

    /// Has the system's table of this process's descriptors grow to a size at once. It never shrinks.
    ///
    /// Otherwise the table doubles whenever it is full. Since threads share it, Linux then stops the thread that opens a
    /// descriptor until all processors have passed through the scheduler (`expand_fdtable` in its `fs/file.c`): an event
    /// loop that accepts a connection answers nobody for 10 to 25 ms.
    ///
    /// - Parameter count: The descriptors, 8 bytes of the system's memory each, at most as many as the limit.
    private static func makeRoom(for count: CInt) {
        let root = open("/", O_RDONLY | O_CLOEXEC)
        guard root >= 0 else { return }
        let last = fcntl(root, F_DUPFD, count - 1)
        if last >= 0 { close(last) }
        close(root)
    }
}
