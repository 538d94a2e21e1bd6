import Glibc
import PackagingStandards
import Synchronization

/// The present second as an HTTP date (RFC 9110 §5.6.7), made once a second.
enum HTTPDateCache {
    private static let cached = Mutex<(second: Int, text: String)>((-1, ""))

    static func current() -> String {
        let second = time(nil)
        return cached.withLock { cached in
            if cached.second != second {
                cached = (second, Timestamp(microseconds: Int64(second) * 1_000_000).httpDate)
            }
            return cached.text
        }
    }
}
