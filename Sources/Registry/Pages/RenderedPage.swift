public import NIOCore
import PackagingStandards

/// A page as bytes, with the forms that compression has made of it so far.
public struct RenderedPage: Sendable {
    /// A content coding (RFC 9110 §8.4.1).
    public enum Encoding: String, Sendable, CaseIterable {
        case identity
        case gzip
        case zstd
    }

    /// The bytes of one coding, and their strong entity tag (RFC 9110 §8.8.3), quotes included.
    public struct Body: Sendable {
        public let bytes: ByteBuffer
        public let entityTag: String
    }

    /// The page as it is.
    public let identity: Body
    /// Compressed; nil while that has not been made, or would not be smaller.
    public internal(set) var gzip: Body?
    public internal(set) var zstd: Body?
    /// The serial of the project, or of the index for a list.
    public let serial: Int64

    init(_ bytes: ByteBuffer, serial: Int64) {
        let hex = SHA256Digest(hashing: bytes).description.prefix(32)
        self.identity = Body(bytes: bytes, entityTag: "\"\(hex)\"")
        self.serial = serial
    }

    /// The body in a coding, or as it is where that coding has not been made.
    public func body(_ encoding: Encoding) -> (body: Body, encoding: Encoding) {
        switch encoding {
        case .zstd: if let zstd { return (zstd, .zstd) }
        case .gzip: if let gzip { return (gzip, .gzip) }
        case .identity: break
        }
        return (identity, .identity)
    }

    /// The entity tag of a coding of this content, made already or not.
    public func entityTag(of encoding: Encoding) -> String {
        guard encoding != .identity else { return identity.entityTag }
        return identity.entityTag.dropLast() + "-\(encoding.rawValue)\""
    }

    /// The bytes that the page and its forms take.
    var cost: Int {
        identity.bytes.readableBytes + (gzip?.bytes.readableBytes ?? 0) + (zstd?.bytes.readableBytes ?? 0) + 512
    }

    /// The page with its compressed forms; those that are not smaller are left out.
    func compressed() throws -> RenderedPage {
        var page = self
        let size = identity.bytes.readableBytes
        guard size >= 256 else { return page }
        let gzip = try Compression.gzip(identity.bytes, level: 6)
        if gzip.readableBytes < size { page.gzip = Body(bytes: gzip, entityTag: entityTag(of: .gzip)) }
        let zstd = try Compression.zstd(identity.bytes, level: 3)
        if zstd.readableBytes < size { page.zstd = Body(bytes: zstd, entityTag: entityTag(of: .zstd)) }
        return page
    }
}
