/// A version of a project (PEP 440).
///
/// Equality and order are those of PEP 440: `1.0`, `1.0.0` and `v1` are equal, though each ``description`` differs.
/// Equal versions have equal ``canonical`` texts.
public struct Version: Sendable {
    /// The epoch; 0 if none is written.
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
    /// `preview`, `rev`, other separators, missing numbers. Nil if the text is not a version.
    public init?(_ text: String) {
        self.init(bytes: Whitespace.trimmed(ArraySlice(text.utf8)))
    }

    /// Reads a version as `init(_:)` does, but accepts no white space around it.
    init?(bytes: ArraySlice<UInt8>) {
        guard let version = bytes.withUnsafeBytes({ Version(bytes: $0) }) else { return nil }
        self = version
    }

    /// Reads the same from bytes in memory, of which it keeps none.
    init?(bytes: UnsafeRawBufferPointer) {
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
    /// The local version label, with its segments joined by `.`; nil if there is none.
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

    /// The text that equal versions share: the normal form without trailing zeros in the release segment, as from
    /// `packaging.utils.canonicalize_version`.
    public var canonical: String {
        text(of: releaseWithoutTrailingZeros)
    }

    /// The release segment without trailing zeros; at least its first number.
    private var releaseWithoutTrailingZeros: ArraySlice<VersionNumber> {
        var end = release.count
        while end > 1, release[end - 1].isZero {
            end -= 1
        }
        return release[..<end]
    }
}

extension Version: CustomStringConvertible {
    /// The normal form of PEP 440, with the release segment as long as written.
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

// MARK: Segments

extension Version {
    /// The pre-release segment of a version, such as `rc1`.
    public struct PreRelease: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// How near to the release a pre-release is, in its normal spelling.
        public enum Phase: String, Sendable {
            case alpha = "a"
            case beta = "b"
            case candidate = "rc"
        }

        /// The phase.
        public let phase: Phase
        /// The number; 0 if none is written.
        public let number: VersionNumber

        /// The normal form, such as `rc1`.
        public var description: String { phase.rawValue + number.description }

        public static func < (left: PreRelease, right: PreRelease) -> Bool {
            left.phase == right.phase ? left.number < right.number : left.phase.rank < right.phase.rank
        }
    }

    /// A part of a local version label.
    public enum LocalSegment: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// A part with a letter in it, in lowercase; sorts before every number.
        case text(String)
        /// A part of digits alone.
        case number(VersionNumber)

        /// The part in its normal form.
        public var description: String {
            switch self {
            case .text(let text): text
            case .number(let number): number.description
            }
        }
    }
}

extension Version.PreRelease.Phase {
    /// The position in the order of phases.
    fileprivate var rank: Int {
        switch self {
        case .alpha: 0
        case .beta: 1
        case .candidate: 2
        }
    }
}

// MARK: Order

extension Version: Comparable {
    public static func == (left: Version, right: Version) -> Bool {
        left.epoch == right.epoch
            && left.releaseWithoutTrailingZeros == right.releaseWithoutTrailingZeros
            && left.pre == right.pre && left.post == right.post && left.dev == right.dev
            && left.localSegments == right.localSegments
    }

    public static func < (left: Version, right: Version) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        for index in 0..<max(left.release.count, right.release.count) {
            let leftNumber = index < left.release.count ? left.release[index] : 0
            let rightNumber = index < right.release.count ? right.release[index] : 0
            if leftNumber != rightNumber { return leftNumber < rightNumber }
        }
        if left.stage != right.stage { return left.stage < right.stage }
        if let leftPre = left.pre, let rightPre = right.pre, leftPre.number != rightPre.number {
            return leftPre.number < rightPre.number
        }
        if left.post != right.post { return isBefore(left.post, right.post, whereMissing: .first) }
        if left.dev != right.dev { return isBefore(left.dev, right.dev, whereMissing: .last) }
        return left.localSegments.lexicographicallyPrecedes(right.localSegments)
    }

    /// The stage of the release: development only, alpha, beta, candidate, final.
    private var stage: Int {
        if let pre { return pre.phase.rank }
        return post == nil && dev != nil ? -1 : 3
    }

    private enum Place {
        case first
        case last
    }

    private static func isBefore(_ left: VersionNumber?, _ right: VersionNumber?, whereMissing place: Place) -> Bool {
        guard let left else { return right != nil && place == .first }
        guard let right else { return place == .last }
        return left < right
    }
}

extension Version: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(releaseWithoutTrailingZeros)
        hasher.combine(pre)
        hasher.combine(post)
        hasher.combine(dev)
        hasher.combine(localSegments)
    }
}

// MARK: Parser

/// A parser of the permissive grammar of PEP 440 (appendix B), which goes back at most one separator.
private struct VersionParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// A spelling comes before its own prefixes.
    private static let prePhases: [(spelling: [UInt8], phase: Version.PreRelease.Phase)] = [
        (Array("alpha".utf8), .alpha), (Array("a".utf8), .alpha), (Array("beta".utf8), .beta),
        (Array("b".utf8), .beta), (Array("preview".utf8), .candidate), (Array("pre".utf8), .candidate),
        (Array("c".utf8), .candidate), (Array("rc".utf8), .candidate),
    ]
    private static let postSpellings = [Array("post".utf8), Array("rev".utf8), Array("r".utf8)]
    private static let devSpelling = Array("dev".utf8)

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Returns the version, or nil if the whole text is not one.
    mutating func parse() -> Version? {
        if let first = current, first | 0x20 == UInt8(ascii: "v") { position += 1 }
        guard let (epoch, release) = parseEpochAndRelease() else { return nil }
        guard position < bytes.count else { return Version(epoch: epoch, release: release) }
        let pre = parsePre()
        let post = parsePost()
        let dev = parseLettered([Self.devSpelling])
        guard let local = parseLocal(), position == bytes.count else { return nil }
        return Version(epoch: epoch, release: release, pre: pre, post: post, dev: dev, localSegments: local)
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func parseEpochAndRelease() -> (VersionNumber, [VersionNumber])? {
        guard var first = parseNumber() else { return nil }
        var epoch: VersionNumber = 0
        if current == UInt8(ascii: "!") {
            position += 1
            epoch = first
            guard let number = parseNumber() else { return nil }
            first = number
        }
        var release: [VersionNumber] = []
        // Most have three numbers.
        release.reserveCapacity(3)
        release.append(first)
        while current == ASCII.dot, position + 1 < bytes.count, ASCII.isDigit(bytes[position + 1]) {
            position += 1
            if let number = parseNumber() { release.append(number) }
        }
        return (epoch, release)
    }

    private mutating func parseNumber() -> VersionNumber? {
        let start = position
        while position < bytes.count, ASCII.isDigit(bytes[position]) {
            position += 1
        }
        return position > start ? VersionNumber(digits: bytes[part: start..<position]) : nil
    }

    private mutating func parsePre() -> Version.PreRelease? {
        let start = position
        skipSeparator()
        for (spelling, phase) in Self.prePhases where skip(spelling) {
            return Version.PreRelease(phase: phase, number: parseNumberAfterLetters())
        }
        position = start
        return nil
    }

    private mutating func parsePost() -> VersionNumber? {
        if current == ASCII.hyphen, position + 1 < bytes.count, ASCII.isDigit(bytes[position + 1]) {
            position += 1
            return parseNumber()
        }
        return parseLettered(Self.postSpellings)
    }

    /// Reads a separator or none, one of the spellings, and the number if one follows; without them, returns nil and
    /// reads nothing.
    private mutating func parseLettered(_ spellings: [[UInt8]]) -> VersionNumber? {
        let start = position
        skipSeparator()
        for spelling in spellings where skip(spelling) {
            return parseNumberAfterLetters()
        }
        position = start
        return nil
    }

    private mutating func parseNumberAfterLetters() -> VersionNumber {
        skipSeparator()
        return parseNumber() ?? 0
    }

    private mutating func skipSeparator() {
        if let byte = current, ASCII.isSeparator(byte) { position += 1 }
    }

    private mutating func skip(_ spelling: [UInt8]) -> Bool {
        guard bytes.count - position >= spelling.count else { return false }
        for (offset, letter) in spelling.enumerated() where ASCII.lowercased(bytes[position + offset]) != letter {
            return false
        }
        position += spelling.count
        return true
    }

    /// Returns the segments after a `+`, none without a `+`, or nil if they are malformed.
    private mutating func parseLocal() -> [Version.LocalSegment]? {
        guard current == UInt8(ascii: "+") else { return [] }
        position += 1
        var segments: [Version.LocalSegment] = []
        while true {
            let start = position
            var isNumber = true
            while let byte = current, ASCII.isAlphanumeric(byte) {
                isNumber = isNumber && ASCII.isDigit(byte)
                position += 1
            }
            guard position > start else { return nil }
            let part = bytes[part: start..<position]
            segments.append(isNumber ? .number(VersionNumber(digits: part)) : .text(ASCII.lowercasedText(part)))
            guard let byte = current, ASCII.isSeparator(byte) else { return segments }
            position += 1
        }
    }
}
