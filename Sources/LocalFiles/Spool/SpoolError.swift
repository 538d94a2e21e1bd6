/// Why the spool does not take, or does not hand over, a file.
public enum SpoolError: Error, Hashable {
    /// The spool is not open.
    case closed
    /// The file is larger than its own limit, in bytes.
    case overLimit(Int64)
    /// The file is larger than the whole spool, in bytes: waiting does not help.
    case overCapacity(Int64)
    /// Other files have the room.
    case full
    /// The file has ended, and takes no more bytes.
    case ended
    /// A system call failed.
    case system(SystemError)
}
