import PackagingStandards
import RegistryTestSupport
import Testing

@Suite("Archives changed at random")
struct ArchiveMutationTests {
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
    }

    /// Some bytes changed, cut out, doubled or set to the values where sizes break.
    private func mutated(_ bytes: [UInt8], using generator: inout Generator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where bytes.count > 8 {
            let position = Int.random(in: 0..<(bytes.count - 8), using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 2: for offset in 0..<4 { bytes[position + offset] = 0xff }
            case 3: for offset in 0..<8 { bytes[position + offset] = offset == 7 ? 0x7f : 0xff }
            case 4: bytes.removeSubrange(position..<(position + Int.random(in: 1...8, using: &generator)))
            case 5: bytes.insert(contentsOf: bytes[position..<(position + 8)], at: position)
            default: bytes.removeLast(min(bytes.count, Int.random(in: 1...40, using: &generator)))
            }
        }
        return bytes
    }

    @Test("a changed wheel is refused or read, and nothing worse", arguments: 0..<8)
    func wheels(seed: Int) throws {
        var builder = WheelBuilder(name: "demo", version: "1.0")
        builder.isStored = seed % 2 == 0
        var zip = builder.zip()
        zip.hasZip64End = seed % 3 == 0
        if seed % 4 == 1 { for position in zip.entries.indices { zip.entries[position].descriptor = .init() } }
        let good = try zip.build()
        _ = try WheelArchive.inspect(MemoryBytes(good)) { _ in true }
        var generator = Generator(state: UInt64(seed))
        var accepted = 0
        for _ in 0..<500 {
            let bytes = mutated(good, using: &generator)
            do throws(ArchiveError) {
                let inspection = try WheelArchive.inspect(MemoryBytes(bytes)) { _ in true }
                accepted += 1
                #expect(inspection.metadata == builder.metadataBytes, "RECORD vouches for METADATA")
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(accepted < 100, "times, versions and attributes may change; hardly anything else")
    }

    @Test("a changed tar is refused or read, and nothing worse", arguments: 0..<4)
    func tars(seed: Int) throws {
        var tar = SourceDistributionBuilder(name: "demo", version: "1.0").tar()
        tar.entries += [.paxPath("demo-1.0/" + String(repeating: "n", count: 150)), .init("x", [1, 2, 3])]
        let good = tar.build()
        var generator = Generator(state: UInt64(seed))
        for round in 0..<500 {
            let packed: [UInt8]
            if round % 2 == 0 {
                packed = try TarBuilder.gzip(mutated(good, using: &generator))
            } else {
                packed = mutated(try TarBuilder.gzip(good), using: &generator)
            }
            do throws(ArchiveError) {
                _ = try SourceDistributionArchive.inspect(MemoryBytes(packed), format: .tarGz)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }

    @Test("random bytes after a signature are refused")
    func noise() {
        var generator = Generator(state: 42)
        for signature: [UInt8] in [[0x50, 0x4b, 3, 4], [0x1f, 0x8b, 8, 0], []] {
            for _ in 0..<300 {
                let count = Int.random(in: 0..<300, using: &generator)
                let bytes = signature + (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                #expect(throws: ArchiveError.self) {
                    try SourceDistributionArchive.inspect(MemoryBytes(bytes), format: .tarGz)
                }
                #expect(throws: ArchiveError.self) {
                    try WheelArchive.inspect(MemoryBytes(bytes)) { _ in true }
                }
            }
        }
    }
}
