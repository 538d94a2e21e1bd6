import Testing

@testable import Provenance

@Suite("Attestation objects")
struct AttestationTests {
    private let text: String

    init() throws {
        text = String(decoding: try Fixture.bytes("rfc8785-0.1.2-py3-none-any.whl.attestation"), as: UTF8.self)
    }

    @Test("An object is kept as JSON without white space")
    func json() throws {
        let attestation = try Attestation(json: Array(text.utf8))
        let again = try Attestation(json: Array(attestation.json.utf8))
        #expect(again == attestation)
        #expect(!attestation.json.contains(": "))
    }

    @Test("The signature covers the encoding of DSSE")
    func signedBytes() throws {
        let attestation = try Attestation(json: Array(text.utf8))
        let statement = String(decoding: attestation.statement, as: UTF8.self)
        #expect(
            String(decoding: attestation.signedBytes, as: UTF8.self)
                == "DSSEv1 28 application/vnd.in-toto+json \(statement.utf8.count) \(statement)")
    }

    @Test("Line feeds in base64, which older tools write, are skipped")
    func lines() throws {
        let value = try JSONParser.parse(Array(text.utf8))
        let certificate = try JSONObject(value, as: "it").object("verification_material").string(
            "certificate", atMost: 9999)
        let lines = certificate.prefix(76) + #"\n"# + certificate.dropFirst(76) + #"\n"#
        let broken = text.replacing(certificate, with: lines)
        let attestation = try Attestation(json: Array(broken.utf8))
        #expect(attestation.certificate == (try Attestation(json: Array(text.utf8)).certificate))
    }

    @Test(
        "Objects that are not what PEP 740 describes are refused",
        arguments: [
            (#""version""#, #""Version""#), (#""version":1,"#, ""), (#""version":1"#, #""version":"1""#),
            (#""version":1"#, #""version":1.0"#), (#""version":1"#, #""version":2"#),
            (#""version":1"#, #""version":1,"version":1"#), (#""version":1"#, #""version":1,"more":null"#),
            (#""certificate":""#, #""certificate":"!"#), (#""certificate":""#, #""certificate":" "#),
            (#""certificate""#, #""Certificate""#), (#""statement":""#, #""statement":"A"#),
            (#""signature":""#, #""signature":"="#), (#""envelope""#, #""envelop""#),
            (#""logIndex":""#, #""logIndex":"0"#), (#""logIndex":""#, #""logIndex":"-"#),
            (#""logIndex":"28175749""#, #""logIndex":28175749"#), (#""treeSize":""#, #""treeSize":"99999999999999"#),
            (#""integratedTime":""#, #""integratedTime":"1000000"#), (#""kind":"dsse""#, #""kind":null"#),
            (#""keyId":""#, #""keyId":"AAAA"#), (#""rootHash":""#, #""rootHash":"AAAA"#),
            (#""hashes":["#, #""hashes":[1,"#), (#""hashes":["#, #""hashes":["","#),
            (#""envelope":"rekor"#, #""more":"","envelope":"rekor"#),
            (#""kind":"dsse""#, #""kind":"dsse","more":1"#), (#""keyId":""#, #""more":1,"keyId":""#),
            (#""signedEntryTimestamp":""#, #""more":1,"signedEntryTimestamp":""#),
            (#""transparency_entries":["#, #""transparency_entries":[{},"#),
            (#""transparency_entries":["#, #""transparency_entries":[],"more":["#),
        ])
    func malformed(_ part: String, _ replacement: String) async throws {
        let value = try JSONParser.parse(Array(text.utf8)).text
        try #require(value.contains(part))
        let changed = value.replacing(part, with: replacement, maxReplacements: 1)
        let isVersion = changed.contains(#""version":2"#) || changed.contains(#""version":"1""#)
        await expectRefusal(
            isVersion || changed.contains(#""version":1.0"#) ? .unsupportedVersion : .malformed
        ) { _ = try Attestation(json: Array(changed.utf8)) }
    }

    @Test("Other JSON is refused", arguments: ["null", "[]", "1", #""text""#, "{}", ""])
    func otherJSON(_ text: String) async {
        await expectRefusal(.malformed) { _ = try Attestation(json: Array(text.utf8)) }
    }

    @Test("A list has between 1 and 16 attestations")
    func list() async throws {
        func list(_ count: Int) -> [UInt8] {
            Array("[\(Array(repeating: text, count: count).joined(separator: ","))]".utf8)
        }
        #expect(try Attestation.list(json: list(2)).count == 2)
        #expect(try Attestation.list(json: list(16)).count == 16)
        for count in [0, 17] {
            await expectRefusal(.malformed) { _ = try Attestation.list(json: list(count)) }
        }
        await expectRefusal(.malformed) { _ = try Attestation.list(json: Array(text.utf8)) }
    }

    @Test("Sizes are bounded")
    func sizes() async throws {
        let space = String(repeating: " ", count: Attestation.Bounds.attestation)
        await expectRefusal(.malformed) { _ = try Attestation(json: Array((text + space).utf8)) }
        let signature = base64([UInt8](repeating: 1, count: 1025))
        let object = try JSONParser.parse(Array(text.utf8)).text
        let envelope = #""envelope":{"statement":"e30=","signature":"\#(signature)"}}"#
        let start = try #require(object.ranges(of: #""envelope":{"statement""#).first)
        await expectRefusal(.malformed) {
            _ = try Attestation(json: Array((object[..<start.lowerBound] + envelope).utf8))
        }
        let entries = Array(
            repeating: try #require(object.firstEntry), count: Attestation.Bounds.transparencyEntries + 1)
        await expectRefusal(.malformed) {
            let many = object.replacing(try #require(object.firstEntry), with: entries.joined(separator: ","))
            _ = try Attestation(json: Array(many.utf8))
        }
    }
}

extension String {
    /// The first entry of a transparency log in an attestation without white space.
    fileprivate var firstEntry: String? {
        guard let start = ranges(of: #""transparency_entries":["#).first?.upperBound,
            let end = self[start...].ranges(of: "}]").first?.lowerBound
        else { return nil }
        return String(self[start...end])
    }
}
