import AWSRequests
import Crypto
import CryptoExtras
import FoundationEssentials
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@testable import S3Storage

@Suite("CloudFront")
struct CloudFrontTests {
    @Test("an address is signed with the policy that the network makes of it")
    func signs() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let signer = try CloudFrontSigner(keyID: "K1", privateKey: key.pemRepresentation)
        let url = "https://d1.cloudfront.net/p/files/a%20b.whl"
        let signed = try signer.sign(url, until: Timestamp(microseconds: 1_700_000_000_500_000))
        let parts = signed.dropFirst(url.count).split(separator: "&")
        #expect(signed.hasPrefix(url))
        #expect(parts.count == 3 && parts[0] == "?Expires=1700000000" && parts[2] == "Key-Pair-Id=K1")
        let text = String(parts[1].dropFirst("Signature=".count))
        #expect(text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-_~".utf8.contains($0) })
        let digits = text.replacing("-", with: "+").replacing("_", with: "=").replacing("~", with: "/")
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try #require(Data(base64Encoded: digits)))
        // As CloudFront makes it of the address, without any space ("Create a signed URL using a canned policy").
        let policy =
            #"{"Statement":[{"Resource":"https://d1.cloudfront.net/p/files/a%20b.whl","Condition":"#
            + #"{"DateLessThan":{"AWS:EpochTime":1700000000}}}]}"#
        #expect(
            key.publicKey.isValidSignature(
                signature, for: Insecure.SHA1.hash(data: Array(policy.utf8)), padding: .insecurePKCS1v1_5))
    }

    @Test("what is no private key is refused")
    func refuses() {
        #expect(throws: RegistryError.self) { try CloudFrontSigner(keyID: "K1", privateKey: "not PEM") }
    }

    @Test(
        "with a network in front of the bucket links lead there, without the bucket's name, and signed if there is a key"
    )
    func links() async throws {
        let service = try SmallService { _ in
            SmallService.Answer(body: "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        }
        var settings = S3Settings(bucket: "bucket")
        settings.prefix = "p"
        settings.endpoint = "http://127.0.0.1:\(service.port)"
        settings.credentials = AWSCredentials(accessKey: "A", secretKey: "S")
        settings.publicURL = "https://files.example.com"
        let key = StorageKey(listed: "files/a b+c.whl")
        let open = try await TestStore.open(settings)
        #expect(
            try await open.signedLink(to: key, for: .seconds(60)) == "https://files.example.com/p/files/a%20b%2Bc.whl")
        await open.close()
        settings.publicKey = ("K1", try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation)
        let signed = try await TestStore.open(settings)
        let link = try #require(try await signed.signedLink(to: key, for: .seconds(60)))
        #expect(link.hasPrefix("https://files.example.com/p/files/a%20b%2Bc.whl?Expires="))
        #expect(link.hasSuffix("&Key-Pair-Id=K1"))
        let end = link.split(separator: "=")[1].prefix { $0 != "&" }
        let left = try #require(Int64(end)) - Timestamp.now().microseconds / 1_000_000
        #expect((28...61).contains(left))
        await signed.close()
    }
}
