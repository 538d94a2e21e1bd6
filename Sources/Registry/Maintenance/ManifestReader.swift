import FoundationEssentials
import NIOCore

/// Reads manifests from storage, also those that are larger than any that is written today.
///
/// Former versions copied texts of any length into them: such a manifest is read without those texts, and its key is
/// noted for people.
struct ManifestReader: Sendable {
    /// The result of reading a manifest.
    enum Content: Sendable {
        case file(FileManifest)
        case project(ProjectManifest)
        case exceptions(ExceptionsManifest)
        /// It is too large to be read at all.
        case unreadable
    }

    /// The most bytes of a manifest that is written today, with room to spare: its bounded texts, each escaped.
    static let usualSize: Int64 = 2 << 20
    /// The most bytes of a manifest that is read; no former version wrote a larger one.
    static let maximumSize = 256 << 20

    /// How many are read at a time: a store on another machine takes as long for many as for one.
    private static let mostAtOnce = 32

    private let storage: any Storage
    private let limit: Int

    init(_ storage: any Storage, limit: Int = ManifestReader.maximumSize) {
        self.storage = storage
        self.limit = limit
    }

    /// Reads a manifest; returns nil if it is missing. Throws `.internal`, naming the key, for a text that is no
    /// manifest.
    func read(_ object: StoredObject) async throws -> Content? {
        guard object.size <= Int64(limit) else { return .unreadable }
        guard let bytes = try await storage.get(object.key, limit: limit) else { return nil }
        let data = Data(bytes.readableBytesView)
        do {
            if object.key.isProjectManifest {
                return .project(try JSONDecoder().decode(ProjectManifest.self, from: data).withinBounds)
            }
            if object.key.isExceptionsManifest {
                return .exceptions(try JSONDecoder().decode(ExceptionsManifest.self, from: data))
            }
            return .file(try JSONDecoder().decode(FileManifest.self, from: data).withinBounds)
        } catch {
            throw RegistryError(.internal, "The manifest \(object.key) cannot be read: \(error)", cause: error)
        }
    }

    /// Reads manifests, many at a time, and hands each on in its order, with nil for one that is missing.
    ///
    /// Throws as `read` does, and what `body` throws.
    func read(_ objects: [StoredObject], _ body: (StoredObject, Content?) throws -> Void) async throws {
        for first in stride(from: 0, to: objects.count, by: Self.mostAtOnce) {
            let part = objects[first..<min(first + Self.mostAtOnce, objects.count)]
            let contents = try await withThrowingTaskGroup(of: (Int, Content?).self) { tasks in
                for (place, object) in zip(part.indices, part) {
                    tasks.addTask { (place, try await read(object)) }
                }
                return try await tasks.reduce(into: [Int: Content]()) { $0[$1.0] = $1.1 }
            }
            for (place, object) in zip(part.indices, part) { try body(object, contents[place]) }
        }
    }
}

extension StoredObject {
    /// Whether a manifest is larger than any that is written today.
    var isOversized: Bool { size > ManifestReader.usualSize }
}
