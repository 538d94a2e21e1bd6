import Glibc

/// The room in a file system.
public struct DiskSpace: Sendable, Hashable {
    /// Bytes.
    public let total: Int64
    /// The bytes that a process without privileges may still write.
    public let free: Int64

    public init(total: Int64, free: Int64) {
        self.total = total
        self.free = free
    }

    /// Looks at the file system of a path (`statvfs(3)`); nil if it cannot be looked at. May block.
    public init?(at path: String) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let block = Int64(clamping: status.f_frsize)
        self.init(
            total: Int64(clamping: status.f_blocks).multipliedReportingOverflow(by: block).partialValue,
            free: Int64(clamping: status.f_bavail).multipliedReportingOverflow(by: block).partialValue)
    }
}
