import Glibc

/// A system call that failed: the call, and what the operating system says of it, for the log.
public struct SystemError: Error, Hashable, CustomStringConvertible {
    /// The value of `errno`.
    public let number: CInt
    /// The call and what it was made for.
    public let call: String

    /// Makes the error of a call.
    public init(_ number: CInt, _ call: String) {
        self.number = number
        self.call = call
    }

    public var description: String {
        "\(call): \(String(cString: strerror(number)))"
    }
}
