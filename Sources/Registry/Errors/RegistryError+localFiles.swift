import Glibc
public import LocalFiles
public import NIOPosix

extension RegistryError {
    /// Makes the error for people and programs from a failed system call; only the log shows the call itself.
    ///
    /// - Parameters:
    ///   - error: The call that failed, and why.
    ///   - place: The folder in words, such as `storage folder`.
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

    /// Makes the error for those who upload from a failure of the spool.
    package init(_ error: SpoolError) {
        switch error {
        case .closed:
            self.init(.unavailable, "The server is not taking uploads at the moment; try again later.")
        case .overLimit(let limit):
            self.init(.tooLarge, "The file is larger than \(limit) bytes, the most that is accepted here.")
        case .overCapacity(let capacity):
            self.init(.tooLarge, "The file is larger than \(capacity) bytes, the most that the server can receive.")
        case .full:
            self.init(
                .unavailable, "The server is receiving as many uploads as it has room for; try again in a minute.")
        case .ended:
            self.init(.internal, "The server mixed up an upload that had ended.")
        case .system(let error):
            self.init(error, in: "spool folder")
        }
    }
}

extension Spool {
    /// Makes a spool that throws `RegistryError`s; it accepts files once it is opened.
    ///
    /// - Parameters:
    ///   - path: The folder; made when the spool is opened.
    ///   - capacity: The most bytes that all files may have together.
    ///   - threads: The threads for all blocking work.
    public convenience init(path: String, capacity: Int64, threads: NIOThreadPool) {
        self.init(path: path, capacity: capacity, threads: threads, calls: .system)
    }

    /// Makes a spool that throws `RegistryError`s and uses other system calls than the real ones.
    package convenience init(path: String, capacity: Int64, threads: NIOThreadPool, calls: SystemCalls) {
        self.init(path: path, capacity: capacity, threads: threads, calls: calls) { RegistryError($0) }
    }
}
