import Glibc
import LocalFiles
import NIOCore
import Registry

extension FileTree {
    /// Removes a file durably, and the folders above it that are empty then, but for the first.
    func remove(_ path: String) throws {
        do {
            try calls.unlink(root.number, path)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            // Gone already; but whoever removed it may have died before its folder was synced.
        } catch let error as SystemError where error.number == EISDIR {
            return
        }
        let folders = folders(above: path)
        do {
            try calls.sync(folders.first.map { try calls.openFolder(in: root, $0) } ?? root)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            // The folder is gone with it.
        }
        removeEmpty(folders.dropLast())
    }

    /// A folder that a concurrent `put` has just filled is not empty, and stays; one that it was about to fill is made
    /// again by it. An empty folder that stays does no harm, so no error matters.
    private func removeEmpty(_ folders: some Sequence<String>) {
        for folder in folders {
            do {
                try calls.removeFolder(root.number, folder)
            } catch {
                return
            }
        }
    }

    /// Writes, reads and removes a file, in a folder of its own.
    func check() throws {
        let path = ".check/\(temporaryPath().replacing("/", with: "-").dropFirst())"
        let bytes = ByteBuffer(string: "Cellar can write here.\n")
        try put(bytes, at: path)
        let found = try read(path, limit: bytes.readableBytes)
        try remove(path)
        guard found == bytes else {
            throw RegistryError(.internal, "The server's storage folder gives back other bytes than it was given.")
        }
    }
}
