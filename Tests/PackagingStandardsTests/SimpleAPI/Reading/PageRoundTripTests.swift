import NIOCore
import PackagingStandards
import Testing

/// The same numbers on every machine (SplitMix64).
private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ parts: Int) -> Bool { Int.random(in: 0..<parts, using: &self) == 0 }

    mutating func text(_ alphabet: [String], _ lengths: ClosedRange<Int>) -> String {
        let count = Int.random(in: lengths, using: &self)
        return (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &self)] }.joined()
    }

    mutating func hex(_ count: Int) -> String { text("0123456789abcdef".map(String.init), count...count) }

    mutating func prose() -> String {
        let pieces = [
            "a", "Z", " ", "\"", "'", "&", "<", ">", "é", "😀", "\\", "&amp;", "&#1", "/", "#", "=", ";", "\t", "\n",
        ]
        return text(pieces, 1...20)
    }

    mutating func file(_ number: Int) -> SimpleFile {
        let suffix = [".whl", ".tar.gz", ".zip", ".egg"][Int.random(in: 0..<4, using: &self)]
        let name = "foo-\(number).\(text(["1", "+a", "_", "b", "-", "!"], 0...6))0\(suffix)"
        let folder = text(["a", "b/", "%20", "%2F", ";", "&", "+", "~", "'"], 0...30)
        var file = SimpleFile(
            filename: name, url: "https://h.example/\(folder)\(name)?x=\(number)",
            sha256: chance(4) ? nil : hex(64), size: nil, uploadTime: nil)
        if chance(2) { file.otherDigests = [.init(algorithm: "md5", hex: hex(32))] }
        if chance(2) { file.requiresPython = prose() }
        if chance(2) { file.size = Int64.random(in: 0...Int64.max, using: &self) }
        if chance(2) {
            file.uploadTime = Timestamp(microseconds: .random(in: 0...4_000_000_000_000_000, using: &self))
        }
        if chance(3) { file.yanked = chance(2) ? .yes(reason: nil) : .yes(reason: prose()) }
        if chance(2) { file.coreMetadata = chance(2) ? .unhashed : .sha256(hex(64)) }
        if chance(3) { file.provenance = "https://h.example/provenance/\(number)" }
        return file
    }

    mutating func page() -> SimpleProjectPage {
        SimpleProjectPage(
            name: "foo-bar", files: (0..<Int.random(in: 0...30, using: &self)).map { file($0) },
            versions: (0..<Int.random(in: 0...5, using: &self)).map { "\($0).0" },
            status: ProjectStatus.allCases.randomElement(using: &self) ?? .active,
            statusReason: chance(2) ? prose() : nil, lastSerial: .random(in: 0...Int64.max, using: &self))
    }
}

@Suite("What our pages say is read back, and changed bytes do no harm")
struct PageRoundTripTests {
    private let reader = SimplePageReader(pageURL: "https://h.example/main/simple/foo-bar/", maxFiles: 1000)

    private func json(_ page: SimpleProjectPage) -> ByteBuffer {
        var buffer = ByteBuffer()
        page.writeJSON(into: &buffer)
        return buffer
    }

    private func html(_ page: SimpleProjectPage) -> ByteBuffer {
        var buffer = ByteBuffer()
        page.writeHTML(into: &buffer)
        return buffer
    }

    @Test("JSON is read back equal", arguments: 0..<4)
    func jsonRoundTrip(seed: UInt64) throws {
        var generator = Generator(state: seed)
        for _ in 0..<50 {
            let page = generator.page()
            #expect(try reader.json(json(page)) == page)
        }
    }

    @Test("HTML is read back equal, except for what HTML cannot say", arguments: 0..<4)
    func htmlRoundTrip(seed: UInt64) throws {
        var generator = Generator(state: seed &+ 100)
        for _ in 0..<50 {
            var page = generator.page()
            let read = try reader.html(html(page))
            page.versions = []
            for index in page.files.indices {
                page.files[index].size = nil
                page.files[index].uploadTime = nil
                // A link carries one digest.
                if page.files[index].sha256 != nil { page.files[index].otherDigests = [] }
            }
            #expect(read == page)
        }
    }

    @Test("Changed pages are refused or read, and what is read can be written and read again", arguments: 0..<8)
    func mutations(seed: UInt64) throws {
        var generator = Generator(state: seed &+ 200)
        let page = generator.page()
        for source in [json(page), html(page)] {
            let good = Array(source.readableBytesView)
            for _ in 0..<150 {
                let bytes = ByteBuffer(bytes: mutated(good, using: &generator))
                // Each form by both readers: an upstream may lie about its type.
                for read in [reader.json, reader.html] {
                    guard var found = try? read(bytes) else { continue }
                    found.faults = SimplePageFaults()
                    #expect(try reader.json(json(found)) == found)
                    let names = found.files.map(\.filename)
                    guard names.allSatisfy(isListed) else { continue }
                    #expect(try reader.html(html(found)).files.map(\.filename) == names)
                }
            }
        }
    }

    /// HTML distinguishes a file from other links by the end of its name.
    private func isListed(_ filename: String) -> Bool {
        let name = filename.lowercased()
        return [".whl", ".tar.gz", ".zip", ".egg"]
            .contains { name.hasSuffix($0) }
    }

    private func mutated(_ bytes: [UInt8], using generator: inout Generator) -> [UInt8] {
        var bytes = bytes
        let hostile = Array("<>\"'&#=/\\{}[]:,;%\0 \n-!\u{FF}a0".utf8)
        for _ in 0..<Int.random(in: 1...6, using: &generator) where bytes.count > 32 {
            let position = Int.random(in: 0..<(bytes.count - 20), using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[position] = hostile[Int.random(in: 0..<hostile.count, using: &generator)]
            case 2: bytes.removeSubrange(position..<(position + Int.random(in: 1...16, using: &generator)))
            case 3: bytes.insert(contentsOf: bytes[position..<(position + 16)], at: position)
            default: bytes.removeLast(Int.random(in: 1...min(400, bytes.count), using: &generator))
            }
        }
        return bytes
    }

    /// Pieces that would cost a reader much if it looked at them again and again.
    static let hostile = [
        "<", "<a ", "<!--", "<a href='", "<a href=x>", "<script>", "</", "&", "&#", "<a><b>", "<!", "<base href=x>",
        "-->",
        "<a href=x-1.zip#", "[", "{\"a\":", "\"\\", "<a href=\"&\" ", "=", "<a/", "<a href=../",
    ]

    /// What a reader that looks at each byte a few times does in seconds, even in a debug build on a busy machine, and
    /// a quadratic one in hours.
    private static let patience = Duration.seconds(60)

    @Test("Hostile content is refused or read in time that grows with it", arguments: hostile)
    func linear(piece: String) {
        for opening in ["<html><a href=\"", "<html>", "<html><a href=foo-1.zip>", "{\"files\":[", "{\"x\":\""] {
            var bytes = ByteBuffer(string: opening)
            bytes.writeString(String(repeating: piece, count: 200_000 / piece.utf8.count))
            let started = ContinuousClock.now
            _ = try? reader.html(bytes)
            _ = try? reader.json(bytes)
            #expect(ContinuousClock.now - started < Self.patience)
        }
    }

    @Test("So are twenty megabytes of it", arguments: ["<", "<a href=x>"])
    func large(piece: String) {
        let bytes = ByteBuffer(string: "<html>" + String(repeating: piece, count: 20_000_000 / piece.utf8.count))
        let started = ContinuousClock.now
        _ = try? reader.html(bytes)
        _ = try? reader.json(bytes)
        #expect(ContinuousClock.now - started < Self.patience)
    }
}
