import PackagingStandards
import Testing

@Suite("Names of core metadata")
struct MetadataFilenameTests {
    @Test("are those of their files with a suffix, which is taken off once")
    func names() {
        #expect(MetadataFilename.of("a-1.whl") == "a-1.whl.metadata")
        #expect(MetadataFilename.filename(of: "a-1.whl.metadata") == "a-1.whl")
        #expect(MetadataFilename.filename(of: "a-1.whl.metadata.metadata") == "a-1.whl.metadata")
        #expect(MetadataFilename.filename(of: "a-1.whl") == nil)
        #expect(MetadataFilename.filename(of: "a-1.whl.METADATA") == nil)
        #expect(MetadataFilename.filename(of: ".metadata")?.isEmpty == true)
    }
}
