import Glibc

/// The status of a name or an open file in the file system.
package struct FileStatus: Sendable, Hashable {
    /// The kind of a file, as far as it matters here.
    package enum Kind: Sendable, Hashable {
        case file
        case folder
        /// A link, device, pipe or socket: nothing that Cellar makes.
        case other
    }

    package let kind: Kind
    /// In bytes.
    package let size: Int64
    /// Device and inode, which identify a file on this machine.
    package let identity: [UInt64]
    /// The user to whom it belongs.
    package let owner: UInt32

    /// Reads the status of an open file or folder.
    package init(of descriptor: OpenFile) throws {
        self = try withExtendedLifetime(descriptor) { try FileStatus(ofDescriptor: descriptor.number) }
    }

    /// Reads the status of what stays open meanwhile, such as a standard stream.
    package init(ofDescriptor number: CInt) throws {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw SystemError(errno, "fstat") }
        self.init(status)
    }

    /// Reads the status of a name below an open folder, without following a link; nil if nothing has the name.
    package init?(of path: String, in folder: OpenFile?) throws {
        var status = stat()
        let result = withExtendedLifetime(folder) {
            fstatat(folder?.number ?? AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else {
            let number = errno
            if number == ENOENT || number == ENOTDIR { return nil }
            throw SystemError(number, "stat \(path)")
        }
        self.init(status)
    }

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        default: kind = .other
        }
        size = Int64(status.st_size)
        identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
        owner = status.st_uid
    }
}
