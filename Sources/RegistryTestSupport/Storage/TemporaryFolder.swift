import Glibc
import LocalFiles

/// An empty folder for one test, removed with all that is in it when the value is gone.
public final class TemporaryFolder: Sendable {
    /// The folder's absolute path, without a last slash.
    public let path: String

    /// Makes the folder, below `TMPDIR` or `/tmp`.
    public init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let name = String(UInt64.random(in: .min ... .max), radix: 16)
        path = "\(parent)/cellar-test-\(name)"
        try SystemCalls.system.makeFolder(AT_FDCWD, path, 0o700)
    }

    deinit {
        try? Self.removeContents(of: path)
        try? SystemCalls.system.removeFolder(AT_FDCWD, path)
    }

    /// Removes all that is in a folder, and leaves the folder.
    static func removeContents(of path: String) throws {
        guard let stream = opendir(path) else { throw SystemError(errno, "opendir \(path)") }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            names.append(String(cString: name))
        }
        closedir(stream)
        for name in names where name != "." && name != ".." {
            let child = "\(path)/\(name)"
            if try FileStatus(of: child, in: nil)?.kind == .folder {
                try removeContents(of: child)
                try SystemCalls.system.removeFolder(AT_FDCWD, child)
            } else {
                try SystemCalls.system.unlink(AT_FDCWD, child)
            }
        }
    }
}
