/// A version of a project (PEP 440).
///
/// Equality and order are those of PEP 440: `1.0`, `1.0.0` and `v1` are equal, though their ``description`` differ.
/// Equal versions have equal ``canonical`` texts.
public struct Version: Sendable {
    /// The epoch, 0 where none is written.
    public let epoch: VersionNumber
    /// The numbers of the release segment as written, at least one.
    public let release: [VersionNumber]
    /// The alpha, beta or candidate segment.
    public let pre: PreRelease?
    /// The number of the post-release segment.
    public let post: VersionNumber?
    /// The number of the development segment.
    public let dev: VersionNumber?
    /// The segments of the local version label, in lowercase; empty if there is none.
    public let localSegments: [LocalSegment]

    /// Reads a version in any spelling that PEP 440 permits: a leading `v`, white space around it, `alpha`, `c`,
    /// `preview`, `rev`, other separators, left-out numbers. Nil if the text is no version.
    public init?(_ text: String) {
        self.init(bytes: Whitespace.trimmed(ArraySlice(text.utf8)))
    }

    /// Reads a version as `init(_:)` does, but with no white space around it.
    init?(bytes: ArraySlice<UInt8>) {
        var parser = VersionParser(bytes)
        guard let version = parser.parse() else { return nil }
        self = version
    }

    init(
        epoch: VersionNumber, release: [VersionNumber], pre: PreRelease? = nil, post: VersionNumber? = nil,
        dev: VersionNumber? = nil, localSegments: [LocalSegment] = []
    ) {
        self.epoch = epoch
        self.release = release
        self.pre = pre
        self.post = post
        self.dev = dev
        self.localSegments = localSegments
    }
}

extension Version {
    /// The text of the local version label, segments joined by `.`; nil if there is none.
    public var local: String? {
        localSegments.isEmpty ? nil : localSegments.map(\.description).joined(separator: ".")
    }

    /// Whether this is an alpha, beta, candidate or development version.
    public var isPrerelease: Bool { pre != nil || dev != nil }

    /// Whether this has a post-release segment.
    public var isPostrelease: Bool { post != nil }

    /// Whether this has a development segment.
    public var isDevelopment: Bool { dev != nil }

    /// The version without its local label.
    public var publicVersion: Version {
        localSegments.isEmpty ? self : Version(epoch: epoch, release: release, pre: pre, post: post, dev: dev)
    }

    /// The epoch and the release segment alone.
    public var baseVersion: Version {
        Version(epoch: epoch, release: release)
    }

    /// The text that equal versions share: the normal form without trailing zeros of the release segment, as
    /// `packaging.utils.canonicalize_version` gives it.
    public var canonical: String {
        text(of: releaseWithoutTrailingZeros)
    }

    /// The release segment without trailing zeros, but for a first number that is zero.
    var releaseWithoutTrailingZeros: ArraySlice<VersionNumber> {
        var end = release.count
        while end > 1, release[end - 1].isZero {
            end -= 1
        }
        return release[..<end]
    }
}

extension Version: CustomStringConvertible {
    /// The normal form of PEP 440, with the release segment as long as it was written.
    public var description: String {
        text(of: release[...])
    }

    private func text(of release: ArraySlice<VersionNumber>) -> String {
        var text = epoch.isZero ? "" : "\(epoch)!"
        for (index, number) in release.enumerated() {
            if index > 0 { text += "." }
            text += number.description
        }
        if let pre { text += pre.description }
        if let post { text += ".post" + post.description }
        if let dev { text += ".dev" + dev.description }
        if let local { text += "+" + local }
        return text
    }
}

extension Version: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let version = Version(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a valid version (PEP 440)")
        }
        self = version
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
