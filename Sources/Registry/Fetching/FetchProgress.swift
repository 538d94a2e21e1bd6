/// How far a fetch has come, and how much of it may leave: a value without I/O.
///
/// The file's last bytes never leave before its digest is known to be right, so that nobody is left with a whole file
/// that is not what it should be.
struct FetchProgress: Sendable {
    /// Bytes at the end of a file that are held back.
    static let heldBack: Int64 = 64 << 10

    /// Bytes of the whole file; nil while that is not known.
    private(set) var size: Int64?
    /// Bytes that have come in and can be read.
    private(set) var arrived: Int64 = 0
    /// Whether all bytes are there and have the right digest.
    private(set) var isVerified = false

    init(size: Int64?) {
        self.size = size
    }

    /// Bytes that may leave.
    ///
    /// Where the size is not known, what has come in last may be the end.
    var released: Int64 {
        if isVerified { return arrived }
        return max(0, min(arrived, (size ?? arrived) - Self.heldBack))
    }

    /// Bytes have come in and can be read.
    mutating func arrive(_ count: Int) {
        arrived += Int64(count)
    }

    /// The bytes are all there, and right.
    mutating func verify() {
        size = arrived
        isVerified = true
    }

    /// The size, told by the upstream.
    mutating func learn(size: Int64) {
        self.size = size
    }
}
