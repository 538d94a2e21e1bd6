import PackagingStandards
import Synchronization

/// The folders above a path.
enum FolderPaths {
    /// The path of the storage's own folder.
    static let root = ""

    /// Returns the folders above a path, the deepest first, without the root.
    static func above(_ path: String) -> [String] {
        var folders: [String] = []
        var rest = path[...]
        while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
            folders.append(String(rest))
        }
        return folders
    }

    /// Returns the last part of a path.
    static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }
}

/// The folders whose own names are known to be durable, so that nobody need sync the folders above them again.
///
/// A folder is durable only if those above it are. Nobody removes a remembered one: `FileTree.remove` removes only the
/// folder of a file, which is remembered only if it is a top one or has folders in it, too. The deepest folder of a path
/// is made with its file, by any process, and so the one above it is always synced.
final class DurableFolders: Sendable {
    private let paths = Mutex<Set<String>>([])

    /// The bound on what is remembered, some two megabytes; beyond it, all is learned again.
    private static let limit = 20_000

    func contains(_ folder: String) -> Bool {
        paths.withLock { $0.contains(folder) }
    }

    /// Remembers the folders above a path, which are synced, except the deepest; that one only if it is a top one.
    func insert(above path: String) {
        let folders = FolderPaths.above(path)
        let lasting = folders.count > 1 ? folders.dropFirst() : folders[...]
        paths.withLock { paths in
            guard let first = lasting.first, !paths.contains(first) else { return }
            if paths.count + lasting.count > Self.limit { paths = [] }
            paths.formUnion(lasting)
        }
    }

    /// Forgets a folder that was just made, and those below it: somebody outside of Cellar had removed it.
    func forget(_ folder: String) {
        paths.withLock { paths in
            guard paths.remove(folder) != nil else { return }
            paths = paths.filter { !$0.hasPrefix(folder + "/") }
        }
    }
}

/// The folders that make the names of some files durable, each once.
struct FoldersToSync {
    private(set) var paths: [String] = []
    private var known: Set<String> = []

    /// Adds what makes a file's name durable: its folder, and those above it up to the first whose name is.
    mutating func add(above path: String, knowing durable: DurableFolders) {
        let folders = FolderPaths.above(path)
        add(folders.first ?? FolderPaths.root)
        for (position, folder) in folders.enumerated() {
            guard !durable.contains(folder) else { return }
            add(position + 1 < folders.count ? folders[position + 1] : FolderPaths.root)
        }
    }

    private mutating func add(_ folder: String) {
        if known.insert(folder).inserted { paths.append(folder) }
    }
}
