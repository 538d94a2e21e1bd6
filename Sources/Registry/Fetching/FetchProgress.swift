/// The progress of a fetch, and how much of the file may be sent: a value without I/O.
///
/// The file's last bytes are never sent before its digest is known to be right, so nobody gets a whole file that is not
/// the right one.
struct FetchProgress: Sendable {
    /// Bytes at the end of a file that are held back.
    static let heldBack: Int64 = 64 << 10

    /// Bytes of the whole file; nil while unknown.
    private(set) var size: Int64?
    /// Received bytes that can be read.
    private(set) var arrived: Int64 = 0
    /// Whether all bytes are received and have the right digest.
    private(set) var isVerified = false

    init(size: Int64?) {
        self.size = size
    }

    /// Bytes that may be sent.
    ///
    /// If the size is unknown, the last received bytes may be the end.
    var released: Int64 {
        if isVerified { return arrived }
        return max(0, min(arrived, (size ?? arrived) - Self.heldBack))
    }

    /// Reports received bytes, which can be read.
    mutating func arrive(_ count: Int) {
        arrived += Int64(count)
    }

    /// Reports that all bytes are received and have the right digest.
    mutating func verify() {
        size = arrived
        isVerified = true
    }

    /// Reports the size that the upstream states.
    mutating func learn(size: Int64) {
        self.size = size
    }
}
