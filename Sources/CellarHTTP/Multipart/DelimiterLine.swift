import NIOCore

/// Reads what stands on a line behind a delimiter: nothing but padding, or the two dashes that close the body
/// (RFC 2046 §5.1.1).
struct DelimiterLine: Sendable {
    enum Step: Hashable {
        /// A part's headers follow.
        case partFollows
        /// That was the closing delimiter, with its line end.
        case closed
        /// The chunk is used up.
        case needsMore
    }

    private enum State {
        case start
        case firstDash
        case padding
        case carriageReturn
    }

    /// Padding is real in mail only; this much is suffered.
    private static let longestPadding = 256

    private var state = State.start
    private var padding = 0
    /// Whether both dashes have been seen: the body may end from here on.
    private(set) var isClosing = false

    /// Takes bytes until the line ends, moving the chunk's reader index.
    mutating func next(in chunk: inout ByteBuffer) throws(MultipartError) -> Step {
        while let byte = chunk.readInteger(as: UInt8.self) {
            switch (state, byte) {
            case (.start, UInt8(ascii: "-")):
                state = .firstDash
            case (.firstDash, UInt8(ascii: "-")):
                isClosing = true
                state = .padding
            case (.start, UInt8(ascii: "\r")), (.padding, UInt8(ascii: "\r")):
                state = .carriageReturn
            case (.start, UInt8(ascii: " ")), (.padding, UInt8(ascii: " ")),
                (.start, UInt8(ascii: "\t")), (.padding, UInt8(ascii: "\t")):
                padding += 1
                guard padding <= Self.longestPadding else { throw .malformedDelimiter }
                state = .padding
            case (.carriageReturn, UInt8(ascii: "\n")):
                return isClosing ? .closed : .partFollows
            case (.start, UInt8(ascii: "\n")), (.padding, UInt8(ascii: "\n")):
                throw .bareLineFeed
            default:
                throw .malformedDelimiter
            }
        }
        return .needsMore
    }
}
