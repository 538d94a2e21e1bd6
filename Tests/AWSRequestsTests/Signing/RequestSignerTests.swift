import AWSRequests
import PackagingStandards
import Testing

/// The examples that AWS publishes. Sources: Amazon S3 API Reference, "Signature Calculations for the Authorization Header:
/// Transferring Payload in a Single Chunk" and "Authenticating Requests: Using Query Parameters"; and the
/// aws-sig-v4-test-suite, whose cases are named here as they are there.
@Suite("Signature Version 4")
struct RequestSignerTests {
    private static let host = "examplebucket.s3.amazonaws.com"
    private static let s3 = AWSCredentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    private static let suite = AWSCredentials(
        accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    private static let may24 = Timestamp(iso8601: "2013-05-24T00:00:00Z") ?? .now()
    private static let august30 = Timestamp(iso8601: "2015-08-30T12:36:00Z") ?? .now()

    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: SignableRequest
        var payload = RequestSigner.emptyPayload
        let signedHeaders: String
        let signature: String
    }

    static let examples = [
        Example(
            testDescription: "GET object",
            request: SignableRequest(
                method: "GET", host: host, path: "/test.txt", headers: [("Range", "bytes=0-9")]),
            signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            testDescription: "PUT object",
            request: SignableRequest(
                method: "PUT", host: host, path: URIEncoding.encodePath("/test$file.text"),
                headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")]),
            payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            testDescription: "GET bucket lifecycle",
            request: SignableRequest(method: "GET", host: host, path: "/", query: [("lifecycle", "")]),
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            testDescription: "list objects",
            request: SignableRequest(
                method: "GET", host: host, path: "/", query: [("prefix", "J"), ("max-keys", "2")]),
            signedHeaders: "host;x-amz-content-sha256;x-amz-date",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("S3's examples have the published signatures", arguments: examples)
    func objects(_ example: Example) throws {
        let signer = RequestSigner(region: "us-east-1")
        // The second time, the key of the day is in memory.
        for _ in 1...2 {
            let headers = signer.headers(
                for: example.request, payloadHash: example.payload, credentials: Self.s3, at: Self.may24)
            let expected =
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=\(example.signedHeaders), Signature=\(example.signature)"
            #expect(headers.last?.name == "Authorization")
            #expect(headers.last?.value == expected)
            #expect(headers.first?.value == "20130524T000000Z")
        }
    }

    @Test("S3's example of a link has the published signature")
    func link() {
        let query = RequestSigner(region: "us-east-1").signedQuery(
            for: SignableRequest(method: "GET", host: Self.host, path: "/test.txt"), goodFor: 86_400,
            credentials: Self.s3, at: Self.may24)
        #expect(
            query
                == "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
                + "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    static let cases = [
        Example(
            testDescription: "get-vanilla",
            request: SignableRequest(method: "GET", host: "example.amazonaws.com", path: "/"),
            signedHeaders: "host;x-amz-date",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            testDescription: "get-vanilla-query-order-key-case",
            request: SignableRequest(
                method: "GET", host: "example.amazonaws.com", path: "/",
                query: [("Param2", "value2"), ("Param1", "value1")]),
            signedHeaders: "host;x-amz-date",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Example(
            testDescription: "get-vanilla-empty-query-key",
            request: SignableRequest(
                method: "GET", host: "example.amazonaws.com", path: "/", query: [("Param1", "value1")]),
            signedHeaders: "host;x-amz-date",
            signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        Example(
            testDescription: "get-header-key-duplicate",
            request: SignableRequest(
                method: "GET", host: "example.amazonaws.com", path: "/",
                headers: [("My-Header1", "value2"), ("my-header1", " value2 "), ("MY-HEADER1", "value1")]),
            signedHeaders: "host;my-header1;x-amz-date",
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
        Example(
            testDescription: "post-vanilla",
            request: SignableRequest(method: "POST", host: "example.amazonaws.com", path: "/"),
            signedHeaders: "host;x-amz-date",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Example(
            testDescription: "post-x-www-form-urlencoded",
            request: SignableRequest(
                method: "POST", host: "example.amazonaws.com", path: "/",
                headers: [("Content-Type", "application/x-www-form-urlencoded")]),
            payload: "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
            signedHeaders: "content-type;host;x-amz-date",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ]

    @Test("cases of the test suite have the published signatures", arguments: cases)
    func suite(_ example: Example) {
        let signer = RequestSigner(region: "us-east-1", service: "service")
        let headers = signer.headers(
            for: example.request, payloadHash: example.payload, credentials: Self.suite, at: Self.august30,
            namesPayload: false)
        let expected =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            + "SignedHeaders=\(example.signedHeaders), Signature=\(example.signature)"
        #expect(headers.last?.value == expected)
    }

    @Test("the token of temporary credentials is sent and signed, in a header and in a link")
    func sessionToken() {
        let credentials = AWSCredentials(accessKey: "A", secretKey: "S", sessionToken: "to/ken+")
        let signer = RequestSigner(region: "eu-central-1")
        let request = SignableRequest(method: "GET", host: "h", path: "/a")
        let headers = signer.headers(
            for: request, payloadHash: RequestSigner.emptyPayload, credentials: credentials, at: Self.may24)
        #expect(headers.contains { $0 == ("X-Amz-Security-Token", "to/ken+") })
        #expect(headers.last?.value.contains("x-amz-security-token, Signature=") == true)
        let query = signer.signedQuery(for: request, goodFor: 60, credentials: credentials, at: Self.may24)
        #expect(query.contains("&X-Amz-Security-Token=to%2Fken%2B&"))
    }

    @Test("a link is signed for a second at least, and a week at most")
    func bounds() {
        let signer = RequestSigner(region: "r")
        let request = SignableRequest(method: "GET", host: "h", path: "/a")
        for (asked, signed) in [(0, 1), (604_800, 604_800), (604_801, 604_800)] as [(Int64, Int64)] {
            let query = signer.signedQuery(for: request, goodFor: asked, credentials: Self.s3, at: Self.may24)
            #expect(query.contains("&X-Amz-Expires=\(signed)&"))
        }
    }

    @Test("keys are shown nowhere")
    func hidesKeys() {
        let credentials = AWSCredentials(accessKey: "AKID", secretKey: "very-secret", sessionToken: "very-secret")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("very-secret"))
        }
    }
}
