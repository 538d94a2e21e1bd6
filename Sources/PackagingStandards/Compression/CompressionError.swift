/// Why bytes could not be compressed or expanded.
public enum CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The compressed bytes are damaged, cut short, or followed by others.
    case damaged
    /// There is more inside than the caller allows.
    case tooLarge(limit: Int)
    /// The library refused (a level that it doesn't know, no memory); the text is its own.
    case failed(String)

    public var description: String {
        switch self {
        case .damaged: "the compressed bytes are damaged or cut short"
        case .tooLarge(let limit): "the compressed bytes hold more than \(limit) bytes"
        case .failed(let reason): "compression failed: \(reason)"
        }
    }
}
