import Glibc
import LocalFiles

/// A file system of a few MiB, for tests of full disks; only where the process may mount one (root, as a rule).
public final class SmallDisk: Sendable {
    /// The mount point's absolute path.
    public let path: String
    private let folder: TemporaryFolder

    /// Whether this process may mount file systems; tests say so if they are skipped for it.
    public static let isAvailable: Bool = {
        do {
            _ = try SmallDisk(mebibytes: 1)
            return true
        } catch {
            return false
        }
    }()

    /// Mounts a tmpfs of that many MiB, which is unmounted when the value is gone.
    public init(mebibytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder.path + "/disk"
        try SystemCalls.system.makeFolder(AT_FDCWD, path, 0o700)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else { throw SystemError(errno, "mount") }
    }

    deinit {
        umount2(path, CInt(MNT_DETACH))
    }
}
