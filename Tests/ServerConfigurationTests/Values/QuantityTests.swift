import Testing

@testable import ServerConfiguration

@Suite("Sizes and durations")
struct QuantityTests {
    @Test(
        "A size with a unit is a number of bytes, and is written back the same",
        arguments: [
            ("0", 0), ("1B", 1), ("3KiB", 3072), ("512MiB", 512 << 20), ("4GiB", 4 << 30), ("2TiB", 2 << 40),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) {
        #expect(ByteSize.read(text) == bytes)
        #expect(ByteSize.write(bytes) == text)
    }

    @Test("One space before the unit is taken")
    func spacedSize() {
        #expect(ByteSize.read("50 GiB") == 50 << 30)
    }

    @Test(
        "Other texts are no sizes",
        arguments: ["", "5", "GiB", "-1GiB", "1.5GiB", "4GB", "4gib", "4  GiB", "4GiB ", "9999999TiB", "٣KiB"])
    func notSizes(text: String) {
        #expect(ByteSize.read(text) == nil)
    }

    @Test(
        "A duration with a unit is a number of seconds, and is written back the same",
        arguments: [("30s", 30), ("90s", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800)] as [(String, Int64)])
    func durations(text: String, seconds: Int64) {
        #expect(TimeLength.read(text) == .seconds(seconds))
        #expect(TimeLength.read(TimeLength.write(.seconds(seconds))) == .seconds(seconds))
    }

    @Test("Other texts are no durations", arguments: ["", "30", "s", "-5s", "1.5h", "5 minutes", "1w"])
    func notDurations(text: String) {
        #expect(TimeLength.read(text) == nil)
    }
}
