import Glibc

/// An open file of this machine, closed when nobody holds it any more.
public final class OpenFile: Sendable {
    /// The operating system's number; valid only while somebody holds this object (`withExtendedLifetime`).
    public let number: CInt

    /// Takes the ownership of an open descriptor.
    public init(owning number: CInt) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
