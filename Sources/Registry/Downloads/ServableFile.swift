public import NIOCore
public import PackagingStandards

/// A file that a caller may download.
public struct ServableFile: Sendable {
    /// What to send.
    public enum Contents: Sendable {
        case bytes(ByteBuffer)
        case stored(StoredFile)
        /// An upstream's file, which is fetched when it is read.
        case offered(OfferedFile)
    }

    /// The project that the file belongs to.
    public let project: NormalizedName
    /// Bytes; nil if that is unknown before the file is fetched.
    public private(set) var size: Int64?
    /// The strong entity tag, quotes included; nil if the digest is unknown.
    public let entityTag: String?
    public let contents: Contents
    /// Whether the address always gives these bytes.
    public let isImmutable: Bool
    /// The moment at which it must be asked again whether the file is served; nil for never.
    public let goodUntil: Timestamp?
    /// Counts the downloads; nil for core metadata.
    let counter: DownloadCounter?
    /// Whether it is a cached distribution file.
    let isCached: Bool
    /// What a link may lead to.
    let linkable: BlobName?

    /// Whether a client may be given a link to the storage for it.
    public var isLinkable: Bool { linkable != nil }

    init(_ held: FileCache.Entry) {
        project = held.project
        size = held.size
        entityTag = held.entityTag
        contents =
            switch held.contents {
            case .bytes(let bytes): .bytes(bytes)
            case .stored(let file): .stored(file)
            }
        isImmutable = held.isImmutable && held.servedUntil == nil
        goodUntil = [held.servedUntil, held.goodUntil].compactMap(\.self).min()
        counter = held.counter
        isCached = held.isCached
        linkable = held.linkable
    }

    init(_ offered: OfferedFile, counter: DownloadCounter) {
        project = offered.remote.project
        size = offered.knownSize
        let digest = offered.remote.expectedSHA256
        entityTag = digest.map { "\"\($0)\"" }
        contents = .offered(offered)
        isImmutable = digest != nil
        goodUntil = nil
        self.counter = counter
        isCached = false
        linkable = nil
    }

    /// Returns the file with the size that was learned when it was opened.
    public func with(size: Int64?) -> ServableFile {
        var file = self
        file.size = size
        return file
    }
}
