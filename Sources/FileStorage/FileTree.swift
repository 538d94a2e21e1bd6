import Glibc
import LocalFiles
import Registry
import Synchronization

/// The folder of a `FileStorage`. Every method blocks, and throws `SystemError` or `RegistryError`.
///
/// Paths are relative to the folder and already checked.
final class FileTree: Sendable {
    let root: OpenFile
    let calls: SystemCalls
    private let temporary: ProcessFolder
    private let nextNumber = Mutex(0)
    /// First parts of paths whose folders are known to be durable. Nobody ever removes those.
    private let durableFolders = Mutex<Set<String>>([])

    private static let temporaryFolder = ".tmp"
    private static let folderMode: UInt32 = 0o750
    private static let fileMode: UInt32 = 0o640

    init(path: String, calls: SystemCalls) throws {
        self.calls = calls
        root = try calls.makeFolders(path, mode: Self.folderMode)
        do {
            try calls.makeFolder(root.number, Self.temporaryFolder, 0o700)
        } catch let error as SystemError where error.number == EEXIST {
            // Made by an earlier start.
        }
        temporary = try ProcessFolder(in: calls.openFolder(in: root, Self.temporaryFolder), calls: calls)
    }

    func close() throws {
        try temporary.remove()
    }

    /// A name that nothing else has, on the file system of all keys.
    func temporaryPath() -> String {
        let number = nextNumber.withLock { number in
            number += 1
            return number
        }
        return "\(Self.temporaryFolder)/\(temporary.name)/\(number)"
    }

    func create(_ path: String) throws -> OpenFile {
        try calls.open(in: root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: Self.fileMode)
    }

    /// The folders above a path, the deepest first, without the root.
    func folders(above path: String) -> [String] {
        var folders: [String] = []
        var rest = path[...]
        while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            folders.append(String(rest))
        }
        return folders
    }

    func makeFolders(above path: String) throws {
        for folder in folders(above: path).reversed() {
            do {
                try calls.makeFolder(root.number, folder, Self.folderMode)
            } catch let error as SystemError where error.number == EEXIST || error.number == ENOENT {
                // There already, or one above it was removed at this moment: whoever needs them tries again.
            }
        }
    }

    /// Makes a file's name durable: its folder, and the folders above it, which any process may just have made.
    ///
    /// A folder that is gone means that the file was removed meanwhile, and all is well.
    func syncFolders(above path: String) throws {
        let folders = folders(above: path)
        do {
            for folder in folders {
                try calls.sync(calls.openFolder(in: root, folder))
            }
        } catch let error as SystemError where error.number == ENOENT {
            return
        }
        guard let top = folders.last else { return try calls.sync(root) }
        guard !durableFolders.withLock({ $0.contains(top) }) else { return }
        try calls.sync(root)
        durableFolders.withLock { _ = $0.insert(top) }
    }
}
