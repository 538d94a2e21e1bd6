import LocalFiles
import Registry

extension FileTree {
    /// Lists the files whose paths begin with a prefix and come after another path, in the order of the paths' bytes.
    ///
    /// Holds the names of one folder a level, not of the whole tree.
    func list(_ prefix: String, after: String?, limit: Int) throws -> StoragePage {
        let folder = prefix.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(prefix[...$0]) } ?? ""
        guard folder.isEmpty || StorageKey(listed: String(folder.dropLast())).isWellFormed else {
            return StoragePage(objects: [], next: nil)
        }
        // One more than the page holds says whether there is another page.
        var walk = FolderWalk(root: root, prefix: prefix, after: after, limit: limit + 1)
        try walk.visit(folder)
        let objects = Array(walk.found.prefix(limit))
        let isLast = walk.found.count == objects.count
        return StoragePage(
            objects: objects, next: isLast ? nil : objects.last.map { StorageCursor(text: $0.key.description) })
    }
}

/// A walk through folders in the order of the bytes of the files' paths.
private struct FolderWalk {
    private let root: OpenFile
    private let prefix: [UInt8]
    private let after: [UInt8]
    private let limit: Int
    private(set) var found: [StoredObject] = []

    init(root: OpenFile, prefix: String, after: String?, limit: Int) {
        self.root = root
        self.prefix = Array(prefix.utf8)
        self.after = Array((after ?? "").utf8)
        self.limit = limit
    }

    /// Visits a folder, whose path is empty for the root or ends in a slash.
    mutating func visit(_ folder: String) throws {
        for child in try children(of: folder) {
            guard found.count < limit else { return }
            let path = String(decoding: child.path, as: UTF8.self)
            if child.isFolder {
                try visit(path)
            } else if let status = try FileStatus(of: path, in: root), status.kind == .file {
                found.append(StoredObject(key: StorageKey(listed: path), size: status.size))
            }
        }
    }

    /// A folder's path ends in a slash, and so is sorted as the paths of what it holds are.
    private struct Child {
        let path: [UInt8]
        let isFolder: Bool
    }

    private func children(of folder: String) throws -> [Child] {
        var children: [Child] = []
        let listing = try FolderListing(of: folder.isEmpty ? "." : folder, in: root) { entry in
            // Names beginning with a dot are the storage's own, at the top.
            if folder.isEmpty, entry.name.utf8.first == UInt8(ascii: ".") { return false }
            let path = Array(folder.utf8) + Array(entry.name.utf8) + (entry.isFolder ? [UInt8(ascii: "/")] : [])
            let child = Child(path: path, isFolder: entry.isFolder)
            if isWanted(child) { children.append(child) }
            return false
        }
        guard listing != nil else { return [] }
        return children.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private func isWanted(_ child: Child) -> Bool {
        guard child.isFolder else {
            return child.path.starts(with: prefix) && after.lexicographicallyPrecedes(child.path)
        }
        guard child.path.starts(with: prefix) || prefix.starts(with: child.path) else { return false }
        return after.starts(with: child.path) || after.lexicographicallyPrecedes(child.path)
    }
}
