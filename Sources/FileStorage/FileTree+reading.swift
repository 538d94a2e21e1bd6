import Glibc
import LocalFiles
import NIOCore
import Registry

extension FileTree {
    /// Opens a file; nil if there is none.
    ///
    /// - Throws: `.internal` if something else than a file has the name: a link, a device.
    func open(_ path: String) throws -> (descriptor: OpenFile, size: Int64)? {
        let descriptor: OpenFile
        do {
            // Without waiting, should the name be a pipe's.
            descriptor = try calls.open(in: root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            return nil
        } catch let error as SystemError where error.number == ELOOP || error.number == ENXIO {
            throw notAFile(cause: error)
        }
        let status = try FileStatus(of: descriptor)
        return try isFile(status) ? (descriptor, status.size) : nil
    }

    /// Returns the size of a file; nil if there is none.
    func size(of path: String) throws -> Int64? {
        guard let status = try FileStatus(of: path, in: root), try isFile(status) else { return nil }
        return status.size
    }

    /// Returns all bytes of a file; nil if there is none.
    func read(_ path: String, limit: Int) throws -> ByteBuffer? {
        guard let (descriptor, size) = try open(path) else { return nil }
        guard size <= limit else {
            throw RegistryError(.internal, "Something in the server's storage folder is larger than it can be.")
        }
        return try descriptor.read(0..<size)
    }

    /// Whether a status is a file's; false for a folder, which holds keys but is none.
    private func isFile(_ status: FileStatus) throws -> Bool {
        guard status.kind != .other else { throw notAFile(cause: nil) }
        return status.kind == .file
    }

    private func notAFile(cause: SystemError?) -> RegistryError {
        RegistryError(.internal, "Something in the server's storage folder is not a file.", cause: cause)
    }
}
