import Glibc

/// The names in a folder, in no particular order.
package struct FolderListing: Sendable {
    /// A file or folder in the folder. Anything else is left out, as are names that are not UTF-8.
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let isFolder: Bool
    }

    package let entries: [Entry]

    /// Lists a folder below an open one; nil if there is no such folder.
    ///
    /// - Parameters:
    ///   - path: The folder's path; a link in its last part is not followed.
    ///   - folder: Where the path begins; nil for the process's working folder.
    ///   - isWanted: Whether to keep an entry; called once for each.
    /// - Throws: `SystemError`, and what `isWanted` throws.
    package init?(
        of path: String, in folder: OpenFile?, where isWanted: (Entry) throws -> Bool = { _ in true }
    ) throws {
        let number = withExtendedLifetime(folder) {
            openat(folder?.number ?? AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard number >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError(errno, "open \(path)")
        }
        guard let stream = fdopendir(number) else {
            let reason = errno
            close(number)
            throw SystemError(reason, "opendir \(path)")
        }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while true {
            errno = 0
            guard let found = readdir(stream) else {
                if errno != 0 { throw SystemError(errno, "readdir \(path)") }
                break
            }
            guard let entry = try Self.entry(found, in: number), try isWanted(entry) else { continue }
            entries.append(entry)
        }
        self.entries = entries
    }

    private static func entry(_ found: UnsafeMutablePointer<dirent>, in folder: CInt) throws -> Entry? {
        // The name is read in place: the record may be shorter than the type that C declares for it.
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return nil }
        let start = UnsafeRawPointer(found).advanced(by: offset).assumingMemoryBound(to: CChar.self)
        guard let name = String(validatingCString: start), name != ".", name != ".." else { return nil }
        switch CInt(found.pointee.d_type) {
        case CInt(DT_REG): return Entry(name: name, isFolder: false)
        case CInt(DT_DIR): return Entry(name: name, isFolder: true)
        case CInt(DT_UNKNOWN):
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return Entry(name: name, isFolder: false)
            case S_IFDIR: return Entry(name: name, isFolder: true)
            default: return nil
            }
        default: return nil
        }
    }
}
