import Glibc
import LocalFiles
import NIOCore
import PackagingStandards
import Registry

extension FileTree {
    /// Keeps a spooled file under a key: linked if spool and storage share a file system, else copied.
    ///
    /// Bytes that are there already, under a key that holds their digest, are left alone; but their name is made durable
    /// again, since whoever wrote it may have died before.
    func put(_ file: SpooledFile, at key: StorageKey) throws {
        let path = key.description
        if key.blob?.digest == file.digests.sha256, let present = try open(path), present.size == file.size {
            try calls.sync(present.descriptor)
            return try syncFolders(above: path)
        }
        try publish(at: path) { temporary in
            let written = try link(file, to: temporary) ?? copy(file, to: temporary)
            guard try FileStatus(of: written).size == file.size else {
                throw RegistryError(.internal, "The uploaded file changed in the server's spool folder.")
            }
            return written
        }
    }

    /// Keeps bytes under a path, in place of what is there.
    func put(_ bytes: ByteBuffer, at path: String) throws {
        try publish(at: path) { temporary in
            let file = try create(temporary)
            try bytes.withUnsafeReadableBytes { try calls.writeAll($0, to: file) }
            return file
        }
    }

    /// Syncs what `make` leaves under a temporary name and renames it to its path.
    private func publish(at path: String, make: (_ temporary: String) throws -> OpenFile) throws {
        let temporary = temporaryPath()
        do {
            try calls.sync(make(temporary))
            try rename(temporary, to: path)
        } catch {
            try? calls.unlink(root.number, temporary)
            throw error
        }
        try syncFolders(above: path)
    }

    private func rename(_ temporary: String, to path: String) throws {
        var attemptsLeft = 1000
        while true {
            do {
                try calls.rename(root.number, temporary, path)
                break
            } catch let error as SystemError where error.number == ENOENT && attemptsLeft > 0 {
                // The folders are missing, or a concurrent `remove` has just taken them for empty.
                attemptsLeft -= 1
                try makeFolders(above: path)
            }
        }
        // Between two links to one file rename(2) does nothing, and leaves both.
        do {
            try calls.unlink(root.number, temporary)
        } catch let error as SystemError where error.number == ENOENT {
            return
        }
    }

    /// Links a local file to a temporary name; nil if it is not local, or these file systems cannot link.
    private func link(_ file: SpooledFile, to temporary: String) throws -> OpenFile? {
        guard let path = file.localPath else { return nil }
        do {
            try calls.link(AT_FDCWD, path, root.number, temporary)
        } catch let error as SystemError where [EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS].contains(error.number) {
            return nil
        }
        return try calls.open(in: root, temporary, O_RDONLY | O_NOFOLLOW)
    }

    private func copy(_ file: SpooledFile, to temporary: String) throws -> OpenFile {
        let target = try create(temporary)
        var offset: Int64 = 0
        while offset < file.size {
            let block = try block(of: file, at: offset)
            try block.withUnsafeBytes { try calls.writeAll($0, to: target) }
            offset += Int64(block.count)
        }
        return target
    }

    private func block(of file: SpooledFile, at offset: Int64) throws -> [UInt8] {
        do {
            return try file.read(at: offset, count: Int(min(Self.blockSize, file.size - offset)))
        } catch {
            throw RegistryError(
                .internal, "The uploaded file could not be read back from the server's spool.", cause: error)
        }
    }

    /// Bytes that are copied at once.
    private static let blockSize: Int64 = 1 << 20
}
