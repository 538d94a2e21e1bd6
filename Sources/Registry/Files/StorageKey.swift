public import PackagingStandards

/// The key of something in storage. Every path is made in this file:
///
///     installation                                                    the installation id
///     files/<sha256[0..2]>/<sha256[2..4]>/<sha256>/<filename>         a distribution file
///     files/<sha256[0..2]>/<sha256[2..4]>/<sha256>/<filename>.metadata   core metadata, under its own digest
///     manifests/<index>/<project>/<filename>/<serial>.json            all that the database knows of a file
///     manifests/<index>/<project>/project/<serial>.json               the state of a project
///     manifests/<index>/<project>/exceptions/<serial>.json            its exceptions to the index's policy
///
/// Bytes are kept once however many indexes list them. A key's parts are digests, normalized names, checked file
/// names and numbers, so that no key can leave the folder.
public struct StorageKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The parts, joined by `/`, without a leading one.
    public let description: String

    /// Makes a key of a text that storage listed.
    public init(listed text: String) {
        self.description = text
    }

    /// The installation id, which ties a storage to its database.
    public static let installation = StorageKey(listed: "installation")

    /// The folder of all distribution files and core metadata.
    public static let filesPrefix = "files/"
    /// The folder of all manifests.
    public static let manifestsPrefix = "manifests/"

    /// Returns the key of a distribution file.
    public static func file(_ digest: SHA256Digest, _ filename: String) -> StorageKey {
        let hex = digest.description
        return StorageKey(listed: "files/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)/\(filename)")
    }

    /// Returns the key of a blob.
    public static func blob(_ blob: BlobName) -> StorageKey {
        file(blob.digest, blob.name)
    }

    /// Returns the key of a distribution file's core metadata, under their own digest.
    public static func metadata(_ digest: SHA256Digest, of filename: String) -> StorageKey {
        blob(.metadata(digest, of: filename))
    }

    /// Returns the key of the manifest of a file at a serial.
    public static func manifest(
        index: IndexName, project: NormalizedName, filename: String, serial: Int64
    ) -> StorageKey {
        StorageKey(listed: "manifests/\(index)/\(project)/\(filename)/\(serial).json")
    }

    /// Returns the key of the manifest of a project at a serial. No distribution file can be called `project`.
    public static func projectManifest(index: IndexName, project: NormalizedName, serial: Int64) -> StorageKey {
        manifest(index: index, project: project, filename: "project", serial: serial)
    }

    /// Returns the key of the manifest of a project's exceptions at a serial. No distribution file can be called
    /// `exceptions`.
    public static func exceptionsManifest(index: IndexName, project: NormalizedName, serial: Int64) -> StorageKey {
        manifest(index: index, project: project, filename: "exceptions", serial: serial)
    }

    /// Whether a key below `manifests/` is of a project's manifest.
    var isProjectManifest: Bool { manifestName == "project" }

    /// Whether a key below `manifests/` is of the manifest of a project's exceptions.
    var isExceptionsManifest: Bool { manifestName == "exceptions" }

    /// Whether a key below `manifests/` is of a file's manifest.
    var isFileManifest: Bool { !isProjectManifest && !isExceptionsManifest }

    private var manifestName: Substring? {
        description.split(separator: "/").dropLast().last
    }

    /// The blob of a key below `files/`; nil for any other key.
    public var blob: BlobName? {
        let parts = description.split(separator: "/")
        guard parts.count == 5, parts[0] == "files", let digest = SHA256Digest(hex: String(parts[3])) else {
            return nil
        }
        return BlobName(digest: digest, name: String(parts[4]))
    }

    /// The order of the bytes, in which every storage lists.
    public static func < (left: StorageKey, right: StorageKey) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

extension StorageKey {
    /// Whether the key may be used: segments joined by single slashes, none of them empty, `.` or `..`, none longer
    /// than a file name may be (255 bytes), no NUL, the first not beginning with a dot, and 1024 bytes at most.
    ///
    /// Every key made by this type's own functions has this form; storage checks it again, so that no key leaves its
    /// folder. Names beginning with a dot are the storage's own.
    public var isWellFormed: Bool {
        guard description.utf8.first != UInt8(ascii: "."), description.utf8.count <= 1024 else { return false }
        return description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            Self.isSegment($0)
        }
    }

    /// Throws `.internal` if the key may not be used.
    public func requireWellFormed() throws {
        guard isWellFormed else {
            throw RegistryError(
                .internal, "The server made a name that its storage cannot use.", cause: Malformed(key: self))
        }
    }

    /// The cause, for the log: a key that may not be used.
    private struct Malformed: Error {
        let key: StorageKey
    }

    private static func isSegment(_ bytes: Substring.UTF8View.SubSequence) -> Bool {
        guard (1...255).contains(bytes.count), !bytes.contains(0) else { return false }
        return !bytes.elementsEqual([0x2E]) && !bytes.elementsEqual([0x2E, 0x2E])
    }
}

/// The name of bytes in storage: their digest, and a file name, or a file name and `.metadata`.
public struct BlobName: Hashable, Sendable {
    public let digest: SHA256Digest
    public let name: String

    public init(digest: SHA256Digest, name: String) {
        self.digest = digest
        self.name = name
    }

    /// Returns the name of a distribution file's core metadata, under their own digest.
    public static func metadata(_ digest: SHA256Digest, of filename: String) -> BlobName {
        BlobName(digest: digest, name: MetadataFilename.of(filename))
    }

    /// The file whose core metadata have this name; nil for a distribution file.
    public var filenameOfMetadata: String? { MetadataFilename.filename(of: name) }
}
