public import NIOCore
public import PackagingStandards

/// An index outside this server from which it reads.
///
/// Errors are `UpstreamError`s. No error and no log line holds a credential.
public protocol Upstream: Sendable {
    /// Its name in the configuration: the id in origins, pages and pins.
    var id: String { get }

    /// Returns the address of a project's page there, for people and clients who are sent to it; without credentials.
    func pageURL(of project: NormalizedName) -> String

    /// Requests a project's page; with the validators of an older copy, the answer may be that it is unchanged.
    ///
    /// Its texts are within `FieldBound`, like those that `SimplePageReader` reads.
    func page(of project: NormalizedName, known: PageValidators?) async throws -> UpstreamAnswer

    /// Opens a file, or a part of it, at an absolute address from one of its pages.
    ///
    /// A range that the upstream does not serve is answered with the whole file: look at `UpstreamFile.range`. Throws
    /// `.notFound` if the upstream does not have it.
    func open(_ url: String, range: UpstreamRange?) async throws -> UpstreamFile

    /// Returns the bytes of a file without requesting its body, or nil if the upstream does not state them. Throws as
    /// `open`.
    func size(of url: String) async throws -> Int64?

    /// Checks that the upstream answers and accepts the credentials, without asking for a name.
    func check() async throws

    /// The hosts that are left alone now, because they failed or asked for that.
    var rests: [UpstreamRest] { get }
}

extension Upstream {
    /// None.
    public var rests: [UpstreamRest] { [] }
}

/// A host of an upstream that is left alone for a while.
public struct UpstreamRest: Sendable, Hashable {
    /// Scheme, name and port, such as `https://files.example.com`.
    public let host: String
    /// For how long, in whole seconds.
    public let seconds: Int64

    public init(host: String, seconds: Int64) {
        self.host = host
        self.seconds = seconds
    }
}

/// What lets an upstream answer that a page has not changed (RFC 9110 §8.8).
public struct PageValidators: Sendable, Hashable {
    public var entityTag: String?
    public var lastModified: String?

    public init(entityTag: String?, lastModified: String?) {
        self.entityTag = entityTag
        self.lastModified = lastModified
    }
}

/// An upstream's answer about a project.
public enum UpstreamAnswer: Sendable {
    /// Its page, with absolute addresses.
    case page(SimpleProjectPage, PageValidity)
    /// The copy with the validators is still current.
    case unchanged(PageValidity)
    /// It definitely does not have the project.
    case unknown
}

/// How long an answer is fresh, and how to ask again.
public struct PageValidity: Sendable, Hashable {
    public var validators: PageValidators
    /// The seconds for which the upstream calls the answer fresh (RFC 9111 §4.2); 0 if it does not say.
    public var freshFor: Int64

    public init(validators: PageValidators, freshFor: Int64) {
        self.validators = validators
        self.freshFor = freshFor
    }
}

/// A part of a remote file (RFC 9110 §14.1.2).
public enum UpstreamRange: Sendable, Hashable {
    case bytes(Range<Int64>)
    /// The last bytes.
    case last(Int64)
}

/// An answer whose body is still to be read.
public struct UpstreamFile: Sendable {
    /// Bytes of the whole file; nil if the upstream does not state them.
    public let size: Int64?
    /// The bytes that the body holds; nil for the whole file.
    public let range: Range<Int64>?
    /// The body, to be read once; dropping it ends the transfer. Throws `UpstreamError`, such as `.truncated` if it
    /// ends before the stated length.
    public let body: any AsyncSequence<ByteBuffer, any Error> & Sendable

    public init(size: Int64?, range: Range<Int64>?, body: any AsyncSequence<ByteBuffer, any Error> & Sendable) {
        self.size = size
        self.range = range
        self.body = body
    }
}

/// Why an upstream did not give what it was asked for.
public struct UpstreamError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Reason: String, Sendable, CaseIterable {
        /// No connection, no answer in time, or one that broke off.
        case unreachable
        /// It asks for a pause (429, or 503 with Retry-After).
        case busy
        /// It does not accept our credentials (401, 403, 407).
        case refused
        /// Any other status that is no answer (5xx, unexpected 4xx, a redirect loop).
        case failed
        /// What it sent is no page, or breaks a bound.
        case malformed
        /// The body ended early.
        case truncated
        /// A definite 404 or 410 for a file.
        case notFound
        /// It leads to an address that is not allowed.
        case forbiddenAddress
        /// It redirects a page to another origin: if nothing of the project is known of it, it doesn't have it.
        case leadsElsewhere
        /// It failed so often lately that it is not asked now.
        case resting
    }

    public let upstream: String
    public let reason: Reason
    /// For people; no secrets in it.
    public let message: String
    /// Seconds after which it is worth asking again.
    public let retryAfter: Int64?
    /// For the log.
    public let cause: (any Error)?

    public init(
        upstream: String, _ reason: Reason, _ message: String, retryAfter: Int64? = nil, cause: (any Error)? = nil
    ) {
        self.upstream = upstream
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    public var description: String {
        "\(upstream): \(reason.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
    }
}
