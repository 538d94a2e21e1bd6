import Glibc
package import LocalFiles
import NIOCore
import Synchronization

/// A folder that can lose its power: afterwards it holds what was synced, and by chance some of what was not.
///
/// For storage and spool, as `PowerCutDisk` is for SQLite. Every change must go through `calls`; they are carried out on
/// the real folder and followed in a model. Chance is decided by a seed. For tests of a few MiB: all bytes are held in
/// memory, and one call runs at a time.
package final class PowerCutFolder: Sendable {
    private let folder: String
    private let rootPath: [String]
    private let canSyncSystem: Bool
    private let state: Mutex<State>

    private struct State {
        var model = DiskModel()
        var opened: [CInt: DiskModel.Node] = [:]
        /// Counts the machine's starts: calls of an earlier one fail.
        var start = 0
        var callCount = 0
        var callsLeft: Int?
    }

    /// Takes an empty folder, given by its absolute path, of a file system that can be synced as a whole or not.
    package init(folder: String, canSyncSystem: Bool = true) {
        self.folder = folder
        self.canSyncSystem = canSyncSystem
        rootPath = Self.names(in: folder)
        state = Mutex(State())
    }

    /// The system calls of the machine as it runs now; they fail after the next power cut.
    package var calls: SystemCalls {
        let start = state.withLock { $0.start }
        let real = SystemCalls.system
        var calls = real
        calls.open = { folder, path, flags, mode in
            try self.run(start) { try self.open(folder, path, flags, mode, &$0) }
        }
        calls.write = { file, bytes in
            try self.run(start) { state in
                let count = try real.write(file, bytes)
                if let node = state.opened[file] { state.model.append(bytes.prefix(count), to: node) }
                return count
            }
        }
        calls.sync = { descriptor in
            try self.run(start) { state in
                try real.sync(descriptor)
                if let node = state.opened[descriptor] { state.model.sync(node) }
            }
        }
        // What it does to the real disk is of no use to a test.
        calls.syncSystem = { _ in try self.run(start) { $0.model.syncAll() } }
        calls.canSyncSystem = { [canSyncSystem] _ in canSyncSystem }
        addNameCalls(to: &calls, start)
        return calls
    }

    private func addNameCalls(to calls: inout SystemCalls, _ start: Int) {
        let real = SystemCalls.system
        calls.makeFolder = { folder, path, mode in
            try self.run(start) { state in
                try real.makeFolder(folder, path, mode)
                guard let place = self.place(folder, path, state) else { return }
                _ = state.model.make(.folder(.init()), named: place.name, in: place.folder)
            }
        }
        calls.link = { folder, path, newFolder, newPath in
            try self.run(start) { state in
                try real.link(folder, path, newFolder, newPath)
                guard let place = self.place(newFolder, newPath, state) else { return }
                guard let node = self.node(folder, path, state) else { throw SystemError(EXDEV, "link from outside") }
                state.model.set(place.name, in: place.folder, to: node)
            }
        }
        calls.rename = { folder, path, newPath in
            try self.run(start) { state in
                try real.rename(folder, path, newPath)
                guard let old = self.place(folder, path, state), let new = self.place(folder, newPath, state),
                    let node = self.node(folder, path, state), node != self.node(folder, newPath, state)
                else { return }
                state.model.set(new.name, in: new.folder, to: node)
                state.model.set(old.name, in: old.folder, to: nil)
            }
        }
        calls.unlink = { folder, path in
            try self.run(start) { state in
                try real.unlink(folder, path)
                guard let place = self.place(folder, path, state) else { return }
                state.model.set(place.name, in: place.folder, to: nil)
            }
        }
        calls.removeFolder = { folder, path in
            try self.run(start) { state in
                try real.removeFolder(folder, path)
                guard let place = self.place(folder, path, state) else { return }
                state.model.set(place.name, in: place.folder, to: nil)
            }
        }
    }
}

extension PowerCutFolder {
    /// How many calls were made since the last start.
    package var callCount: Int {
        state.withLock { $0.callCount }
    }

    /// Lets the power go after that many more calls: every later one fails.
    package func stop(afterCalls count: Int) {
        state.withLock { $0.callsLeft = count }
    }

    /// Cuts the power and starts again: puts into the folder what is left, some of it by the seed's chance.
    package func cut(seed: UInt64) throws {
        try state.withLock { state in
            var generator = SeededGenerator(seed: seed)
            let remains = state.model.remains(using: &generator)
            let start = state.start + 1
            try TemporaryFolder.removeContents(of: folder)
            state = State()
            state.start = start
            try restore(remains, at: folder, DiskModel.root, &state)
        }
    }

    private func restore(_ remains: DiskModel.Remains, at path: String, _ node: DiskModel.Node, _ state: inout State)
        throws
    {
        guard case .folder(let children) = remains else { return }
        for (name, child) in children {
            let childPath = "\(path)/\(name)"
            switch child {
            case .folder:
                try SystemCalls.system.makeFolder(AT_FDCWD, childPath, 0o700)
                try restore(child, at: childPath, state.model.make(.folder(.init()), named: name, in: node), &state)
            case .file(let bytes):
                let file = try SystemCalls.system.open(childPath, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
                try bytes.withUnsafeBytes { try SystemCalls.system.writeAll($0, to: file) }
                let made = state.model.make(.file(.init(bytes: bytes, durableBytes: bytes)), named: name, in: node)
                state.model.sync(made)
            }
        }
        state.model.sync(node)
    }

    private func run<Result>(_ start: Int, _ body: (inout State) throws -> Result) throws -> Result {
        try state.withLock { state in
            guard state.start == start, state.callsLeft != 0 else { throw SystemError(EIO, "the power is gone") }
            state.callsLeft = state.callsLeft.map { $0 - 1 }
            state.callCount += 1
            return try body(&state)
        }
    }

    private func open(
        _ folder: CInt, _ path: String, _ flags: CInt, _ mode: UInt32, _ state: inout State
    ) throws -> CInt {
        let number = try SystemCalls.system.open(folder, path, flags, mode)
        state.opened[number] = node(folder, path, state)
        if state.opened[number] == nil, flags & O_CREAT != 0, let place = place(folder, path, state) {
            let file = DiskModel.Contents.file(.init(bytes: [], durableBytes: []))
            state.opened[number] = state.model.make(file, named: place.name, in: place.folder)
        }
        return number
    }

    private func node(_ folder: CInt, _ path: String, _ state: State) -> DiskModel.Node? {
        guard let (start, names) = route(folder, path, state) else { return nil }
        return state.model.find(names, from: start)
    }

    /// Returns the folder that a path's last name is in, or nil outside of this disk.
    private func place(_ folder: CInt, _ path: String, _ state: State) -> (folder: DiskModel.Node, name: String)? {
        guard let (start, names) = route(folder, path, state), let name = names.last else { return nil }
        return state.model.find(Array(names.dropLast()), from: start).map { ($0, name) }
    }

    private func route(_ folder: CInt, _ path: String, _ state: State) -> (DiskModel.Node, [String])? {
        let names = Self.names(in: path)
        if path.hasPrefix("/") {
            guard names.starts(with: rootPath) else { return nil }
            return (DiskModel.root, Array(names.dropFirst(rootPath.count)))
        }
        return state.opened[folder].map { ($0, names) }
    }

    private static func names(in path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }
}
