/// Which bytes of a remote file are wanted (RFC 9110 §14.1.2).
public enum RemoteRange: Sendable, Hashable {
    /// The last bytes, or all where there are fewer.
    case last(Int64)
    /// The bytes from the lower bound up to, not with, the upper.
    case bytes(Range<Int64>)
}
