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

    /// How far a compressed form has come.
    enum Form: Sendable {
        /// Nobody has asked for it.
        case notMade
        case beingMade
        /// It would not be smaller than the page.
        case useless
        case made(Body)
    }

    /// The page as it is.
    public let identity: Body
    var gzip = Form.notMade
    var zstd = Form.notMade
    /// The serial of the project, or of the index for a list.
    public let serial: Int64
    /// The moment until which the page holds by itself: an upstream's page is fresh until then, or a policy says
    /// something else from then on. Nil for as long as nothing changes.
    let goodUntil: Timestamp?

    init(_ bytes: ByteBuffer, serial: Int64, goodUntil: Timestamp? = nil) {
        let hex = BLAKE2b.hexDigest256(of: bytes).prefix(32)
        self.identity = Body(bytes: bytes, entityTag: "\"\(hex)\"")
        self.serial = serial
        self.goodUntil = goodUntil
        if bytes.readableBytes < Self.leastCompressed {
            gzip = .useless
            zstd = .useless
        }
    }

    /// The body in a coding, or as it is where that coding is not made (yet).
    public func body(_ encoding: Encoding) -> (body: Body, encoding: Encoding) {
        if case .made(let body)? = form(encoding) { return (body, encoding) }
        return (identity, .identity)
    }

    /// Whether the body in a coding is as good as it will get: nothing is to be made first.
    public func isSettled(_ encoding: Encoding) -> Bool {
        switch form(encoding) {
        case .notMade, .beingMade: false
        case .useless, .made, nil: true
        }
    }

    /// Whether a compressed form is on its way.
    public var isBeingCompressed: Bool {
        Encoding.allCases.contains { if case .beingMade? = form($0) { true } else { false } }
    }

    /// The form of a coding; nil for the page as it is.
    func form(_ encoding: Encoding) -> Form? {
        switch encoding {
        case .identity: nil
        case .gzip: gzip
        case .zstd: zstd
        }
    }

    /// The entity tag of a coding of this content, made already or not.
    public func entityTag(of encoding: Encoding) -> String {
        guard encoding != .identity else { return identity.entityTag }
        return identity.entityTag.dropLast() + "-\(encoding.rawValue)\""
    }

    /// Pages of fewer bytes are not worth compressing.
    private static let leastCompressed = 256

    /// The bytes that the page and its forms take.
    var cost: Int {
        Encoding.allCases.reduce(identity.bytes.readableBytes + 512) { cost, encoding in
            if case .made(let body)? = form(encoding) { cost + body.bytes.readableBytes } else { cost }
        }
    }

    /// Makes the compressed form of a coding; nil for the page as it is. Computes for long.
    func makeForm(_ encoding: Encoding) throws -> Form? {
        let bytes: ByteBuffer
        switch encoding {
        case .identity: return nil
        case .gzip: bytes = try Compression.gzip(identity.bytes, level: 6)
        case .zstd: bytes = try Compression.zstd(identity.bytes, level: 3)
        }
        guard bytes.readableBytes < identity.bytes.readableBytes else { return .useless }
        return .made(Body(bytes: bytes, entityTag: entityTag(of: encoding)))
    }

    /// The page with another form of a coding.
    func with(_ form: Form, for encoding: Encoding) -> RenderedPage {
        var page = self
        switch encoding {
        case .identity: break
        case .gzip: page.gzip = form
        case .zstd: page.zstd = form
        }
        return page
    }
}
