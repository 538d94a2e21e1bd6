/// What programs see of a folder, and what of it would outlive a power cut.
///
/// The rules are those of POSIX, which promises less than most file systems keep: `fsync` of a file makes its bytes
/// durable and not its name; `fsync` of a folder makes all changes of its names durable. Of what is not synced, a power
/// cut leaves of each folder some first changes, and of each file anything between nothing and everything.
struct DiskModel {
    /// A number in `nodes`.
    typealias Node = Int

    enum Contents {
        case file(FileState)
        case folder(FolderState)
    }

    struct FileState {
        var bytes: [UInt8]
        var durableBytes: [UInt8]
    }

    struct FolderState {
        var names: [String: Node] = [:]
        var durableNames: [String: Node] = [:]
        /// Changes since the last sync; a name without a node is removed.
        var changes: [(name: String, node: Node?)] = []

        mutating func set(_ name: String, to node: Node?) {
            names[name] = node
            changes.append((name, node))
        }
    }

    static let root: Node = 0
    private(set) var nodes: [Contents]

    /// Makes an empty folder, which is durable.
    init() {
        nodes = [.folder(FolderState())]
    }

    /// Returns what a path of plain names leads to.
    func find(_ path: [String], from start: Node = root) -> Node? {
        var node = start
        for name in path {
            guard case .folder(let folder) = nodes[node], let child = folder.names[name] else { return nil }
            node = child
        }
        return node
    }

    mutating func make(_ contents: Contents, named name: String, in folder: Node) -> Node {
        nodes.append(contents)
        set(name, in: folder, to: nodes.count - 1)
        return nodes.count - 1
    }

    mutating func set(_ name: String, in folder: Node, to node: Node?) {
        guard case .folder(var state) = nodes[folder] else { return }
        state.set(name, to: node)
        nodes[folder] = .folder(state)
    }

    mutating func append(_ bytes: some Sequence<UInt8>, to file: Node) {
        guard case .file(var state) = nodes[file] else { return }
        state.bytes.append(contentsOf: bytes)
        nodes[file] = .file(state)
    }

    mutating func syncAll() {
        for node in nodes.indices { sync(node) }
    }

    mutating func sync(_ node: Node) {
        switch nodes[node] {
        case .file(var state):
            state.durableBytes = state.bytes
            nodes[node] = .file(state)
        case .folder(var state):
            state.durableNames = state.names
            state.changes = []
            nodes[node] = .folder(state)
        }
    }
}

extension DiskModel {
    /// What is left of a file or folder.
    indirect enum Remains {
        case file([UInt8])
        case folder([String: Remains])
    }

    /// Returns what a power cut at this moment leaves.
    func remains(of node: Node = root, using generator: inout some RandomNumberGenerator) -> Remains {
        switch nodes[node] {
        case .file(let file): .file(bytes(of: file, using: &generator))
        case .folder(let folder): .folder(names(of: folder, using: &generator))
        }
    }

    private func names(
        of folder: FolderState, using generator: inout some RandomNumberGenerator
    ) -> [String: Remains] {
        var names = folder.durableNames
        for change in folder.changes.prefix(Int.random(in: 0...folder.changes.count, using: &generator)) {
            names[change.name] = change.node
        }
        var remains: [String: Remains] = [:]
        // In a fixed order, so that a seed decides everything.
        for (name, node) in names.sorted(by: { $0.key < $1.key }) {
            remains[name] = self.remains(of: node, using: &generator)
        }
        return remains
    }

    private func bytes(of file: FileState, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        guard file.bytes != file.durableBytes else { return file.bytes }
        let kept = Array(file.bytes.prefix(Int.random(in: 0...file.bytes.count, using: &generator)))
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return file.durableBytes
        case 1: return kept
        case 2: return kept + [UInt8](repeating: 0, count: file.bytes.count - kept.count)
        default: return file.bytes
        }
    }
}
