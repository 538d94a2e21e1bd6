import NIOCore
import Testing

@testable import S3Storage

@Suite("Listings")
struct ListedObjectsTests {
    @Test("names are decoded as for a form if the store says that they are encoded, and else left alone")
    func decodes() throws {
        func names(_ encoding: String) throws -> [String] {
            try ListedObjects(
                ByteBuffer(
                    string: """
                        <?xml version="1.0"?><ListBucketResult xmlns="x"><IsTruncated>true</IsTruncated>\(encoding)\
                        <Contents><Key>a+b%2Bc%C3%A9</Key><Size>3</Size><Owner><ID>1</ID></Owner></Contents>\
                        <NextContinuationToken>t</NextContinuationToken></ListBucketResult>
                        """)
            ).objects.map(\.name)
        }
        #expect(try names("<EncodingType>url</EncodingType>") == ["a b+cé"])
        #expect(try names("") == ["a+b%2Bc%C3%A9"])
    }

    @Test(
        "what is no listing is refused",
        arguments: [
            "", "<a/>", "{}", "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
            "<!DOCTYPE a><ListBucketResult/>",
        ])
    func refuses(_ text: String) {
        #expect(throws: (any Error).self) { try ListedObjects(ByteBuffer(string: text)) }
    }
}
