import Glibc

/// How many files and connections the operating system lets this process have open.
enum OpenFileLimit {
    /// What is kept for stored files, the database and the logs, beside the connections.
    private static let kept = 400

    /// Asks for as many as there are, and says how many of them may be connections.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return max(64, Int(limit.rlim_cur) - kept)
    }
}
