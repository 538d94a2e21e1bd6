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

    /// A square of these lengths would take minutes.
    @Test(
        "Time grows with the length only",
        .timeLimit(.minutes(1)),
        arguments: [
            String(repeating: "Platform: x\n", count: 30_000),
            "Description: x\n" + String(repeating: " y\n", count: 100_000),
            "Summary: x\n" + String(repeating: " y\n", count: 100_000), "\n" + String(repeating: "\n", count: 300_000),
            "Keywords: " + String(repeating: ",", count: 300_000), String(repeating: " x\n", count: 100_000),
        ])
    func hostileShapes(_ tail: String) throws {
        #expect(try CoreMetadata(parsing: Array((start + tail).utf8)).name == "Foo")
    }
}
