import PackagingStandards
import Registry

/// The files of a project that a command means.
public struct FileWish: Sendable {
    public var project: String
    /// All files of this release.
    public var version: String?
    /// This file alone.
    public var file: String?
    public var index: String

    public init(project: String, version: String?, file: String?, index: String) {
        self.project = project
        self.version = version
        self.file = file
        self.index = index
    }
}

extension Installation {
    /// Yanks a release or a file.
    public func yank(_ wish: FileWish, reason: String?) async throws(CommandFailure) {
        try await setYanked(.yes(reason: reason), wish, done: "yanked")
    }

    /// Takes a yank back.
    public func unyank(_ wish: FileWish) async throws(CommandFailure) {
        try await setYanked(.no, wish, done: "not yanked any more")
    }

    private func setYanked(_ yanked: Yanked, _ wish: FileWish, done: String) async throws(CommandFailure) {
        try await CommandFailure.translating {
            try Self.check(yanked.reason)
            let files = try await using { parts in
                let target = try Self.target(wish, in: parts, all: false)
                try await parts.registry.start()
                return try await parts.registry.management.setYanked(yanked, target, caller: .localOperator)
            }
            for file in files { console.print(file) }
            console.notify("\(files.count) \(files.count == 1 ? "file is" : "files are") \(done).")
        }
    }

    /// Deletes a file, a release, or with `all` all files of a project.
    public func delete(_ wish: FileWish, all: Bool) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let files = try await using { parts in
                let target = try Self.target(wish, in: parts, all: all)
                try await parts.registry.start()
                return try await parts.registry.management.delete(target, caller: .localOperator)
            }
            for file in files { console.print(file) }
            console.notify("\(files.count) \(files.count == 1 ? "file is" : "files are") deleted.")
        }
    }

    /// Sets the status of a project.
    public func setStatus(
        _ text: String, reason: String?, project name: String, index indexName: String
    ) async throws(CommandFailure) {
        try await CommandFailure.translating {
            guard let status = ProjectStatus(rawValue: text) else {
                let known = ProjectStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "\(text) is no status: it must be one of \(known).")
            }
            try Self.check(reason)
            let project = try Self.project(name)
            try await using { parts in
                let index = try Self.index(indexName, in: parts)
                try await parts.registry.start()
                try await parts.registry.management.setStatus(
                    status, reason: reason, of: project, in: index, caller: .localOperator)
            }
            console.notify("\(project) in the index \(indexName) is \(status.rawValue) now.")
        }
    }

    private static func target(_ wish: FileWish, in parts: Parts, all: Bool) throws -> FileTarget {
        let selection: FileTarget.Selection
        switch (wish.version, wish.file, all) {
        case (let text?, nil, false):
            guard let version = Version(text) else { throw CommandFailure(.usage, "\(text) is not a version.") }
            selection = .release(version)
        case (nil, let filename?, false): selection = .file(filename)
        case (nil, nil, true): selection = .project
        default:
            throw CommandFailure(
                .usage, "Say which files: --version or --file, or to delete everything --all; one of them.")
        }
        return FileTarget(
            index: try index(wish.index, in: parts), project: try project(wish.project), selection: selection)
    }

    /// Refuses a reason that is more than a line.
    private static func check(_ reason: String?) throws {
        guard let scalars = reason?.unicodeScalars else { return }
        guard scalars.count <= 500, scalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw CommandFailure(.usage, "--reason is one line of 500 characters at most.")
        }
    }
}
