import PackagingStandards
import Testing

@Suite struct CoreMetadataLimitTests {
    private let start = CoreMetadataTests.start

    @Test("More bytes than the limit are refused")
    func size() throws {
        let bytes = Array((start + "\nbody").utf8)
        #expect(throws: CoreMetadataError.tooLarge(limit: bytes.count - 1)) {
            try CoreMetadata(parsing: bytes, maximumSize: bytes.count - 1)
        }
        #expect(try CoreMetadata(parsing: bytes, maximumSize: bytes.count).name == "Foo")
    }

    @Test("More fields than the limit are refused")
    func fields() {
        let bytes = Array((start + String(repeating: "a:\n", count: CoreMetadata.maximumFields)).utf8)
        #expect(throws: CoreMetadataError.tooManyFields(limit: CoreMetadata.maximumFields)) {
            try CoreMetadata(parsing: bytes)
        }
    }

    /// The beginning of a tail, what is repeated in it, and how often: quadratic time in these lengths would take minutes.
    @Test(
        "Time grows with the length only",
        .timeLimit(.minutes(1)),
        arguments: [
            ("", "Platform: x\n", 30_000), ("Description: x\n", " y\n", 100_000), ("Summary: x\n", " y\n", 100_000),
            ("\n", "\n", 300_000), ("Keywords: ", ",", 300_000), ("", " x\n", 100_000),
        ])
    func hostileShapes(beginning: String, repeated: String, count: Int) throws {
        let tail = beginning + String(repeating: repeated, count: count)
        #expect(try CoreMetadata(parsing: Array((start + tail).utf8)).name == "Foo")
    }
}
