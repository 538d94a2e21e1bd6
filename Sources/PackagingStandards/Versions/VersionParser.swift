/// Reads the permissive grammar of PEP 440 (appendix B) from left to right, without going back further than one separator.
struct VersionParser {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Longer spellings come before those that they start with.
    private static let prePhases: [(spelling: [UInt8], phase: Version.PreRelease.Phase)] = [
        (Array("alpha".utf8), .alpha), (Array("a".utf8), .alpha), (Array("beta".utf8), .beta),
        (Array("b".utf8), .beta), (Array("preview".utf8), .candidate), (Array("pre".utf8), .candidate),
        (Array("c".utf8), .candidate), (Array("rc".utf8), .candidate),
    ]
    private static let postSpellings = [Array("post".utf8), Array("rev".utf8), Array("r".utf8)]
    private static let devSpelling = Array("dev".utf8)

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The version that the whole text spells, or nil.
    mutating func parse() -> Version? {
        if let first = current, first | 0x20 == UInt8(ascii: "v") { position += 1 }
        guard let (epoch, release) = parseEpochAndRelease() else { return nil }
        guard position < bytes.endIndex else { return Version(epoch: epoch, release: release) }
        let pre = parsePre()
        let post = parsePost()
        let dev = parseLettered([Self.devSpelling])
        guard let local = parseLocal(), position == bytes.endIndex else { return nil }
        return Version(epoch: epoch, release: release, pre: pre, post: post, dev: dev, localSegments: local)
    }

    private var current: UInt8? {
        position < bytes.endIndex ? bytes[position] : nil
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
        var release = [first]
        while current == ASCII.dot, position + 1 < bytes.endIndex, ASCII.isDigit(bytes[position + 1]) {
            position += 1
            if let number = parseNumber() { release.append(number) }
        }
        return (epoch, release)
    }

    private mutating func parseNumber() -> VersionNumber? {
        let start = position
        while position < bytes.endIndex, ASCII.isDigit(bytes[position]) {
            position += 1
        }
        return position > start ? VersionNumber(digits: bytes[start..<position]) : nil
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
        if current == ASCII.hyphen, position + 1 < bytes.endIndex, ASCII.isDigit(bytes[position + 1]) {
            position += 1
            return parseNumber()
        }
        return parseLettered(Self.postSpellings)
    }

    /// A separator or none, one of the spellings, and the number that may follow; nil, and nothing consumed, without them.
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
        guard bytes.endIndex - position >= spelling.count else { return false }
        for (offset, letter) in spelling.enumerated() where ASCII.lowercased(bytes[position + offset]) != letter {
            return false
        }
        position += spelling.count
        return true
    }

    /// The segments after a `+`; none without one; nil if they are malformed.
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
            let part = bytes[start..<position]
            segments.append(isNumber ? .number(VersionNumber(digits: part)) : .text(ASCII.lowercasedText(part)))
            guard let byte = current, ASCII.isSeparator(byte) else { return segments }
            position += 1
        }
    }
}
