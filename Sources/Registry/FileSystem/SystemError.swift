import Glibc

/// A system call that failed: what the file system said, for the log.
package struct SystemError: Error, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    package let number: CInt
    /// The call and what it was made for.
    package let call: String

    /// Makes the error of a call.
    package init(_ number: CInt, _ call: String) {
        self.number = number
        self.call = call
    }

    package var description: String {
        "\(call): \(String(cString: strerror(number)))"
    }
}

extension RegistryError {
    /// What a failed system call means to people and programs; the call itself goes to the log only.
    ///
    /// - Parameters:
    ///   - error: What the file system said.
    ///   - place: The folder in words, as `storage folder`.
    package init(_ error: SystemError, in place: String) {
        switch error.number {
        case ENOSPC, EDQUOT, EFBIG:
            self.init(.insufficientStorage, "There is no room left in the server's \(place).", cause: error)
        case EROFS, EACCES, EPERM:
            self.init(
                .unavailable, "The server is not allowed to use its \(place); its operator has to put that right.",
                cause: error)
        case EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN:
            self.init(.unavailable, "The server has too much under way; try again in a minute.", cause: error)
        default:
            self.init(.internal, "The server's \(place) failed.", cause: error)
        }
    }
}
