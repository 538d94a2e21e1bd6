import CellarHTTP
import Foundation
import Registry
import Testing

@Suite struct BasicCredentialsTests {
    private func header(_ text: String, scheme: String = "Basic ") -> String {
        scheme + Data(text.utf8).base64EncodedString()
    }

    @Test(
        "User name and password come out as they went in",
        arguments: [
            ("Aladdin", "open sesame"), ("user", ""), ("", "password"), ("", ""), ("u", "a:b::c"),
            ("müller", "пароль😀"),
            ("__token__", "pypi-AgEIcHlwaS5vcmc"), ("u", String(repeating: "x", count: 8000)),
        ])
    func wellFormed(username: String, password: String) throws {
        for scheme in ["Basic ", "basic ", "BASIC   "] {
            let credentials = try BasicCredentials(header: header("\(username):\(password)", scheme: scheme))
            #expect(credentials == BasicCredentials(username: username, password: SentPassword(password)))
        }
    }

    @Test(
        "What isn't Basic is refused as such",
        arguments: ["", "Basic", "Bearer abc", "Basicdg==", "Digest username=x", "Basic\u{0}dTpw", "Básic dTpw"])
    func otherSchemes(header: String) {
        #expect(throws: BasicCredentialsError.otherScheme) { try BasicCredentials(header: header) }
    }

    @Test(
        "What isn't base64 is refused as such",
        arguments: [
            "Basic ", "Basic    ", "Basic !!!!", "Basic dTpw=", "Basic dTp", "Basic d", "Basic dTpwYQ=", "Basic =",
            "Basic ====", "Basic dTpwYR==", "Basic dTpw dTpw", "Basic dTpw\n", "Basic dT-w", "Basic dTpwé",
            "Basic dT=w",
        ])
    func notBase64(header: String) {
        #expect(throws: BasicCredentialsError.malformedBase64) { try BasicCredentials(header: header) }
    }

    @Test("Other errors have their own reasons")
    func others() {
        #expect(throws: BasicCredentialsError.noColon) { try BasicCredentials(header: header("nocolon")) }
        for text in ["u\u{0}:p", "u:p\u{0}", "u:p\n", "u\u{7F}:p", "u:\u{1F}"] {
            #expect(throws: BasicCredentialsError.controlCharacter) { try BasicCredentials(header: header(text)) }
        }
        let long = header("u:" + String(repeating: "x", count: BasicCredentials.longestHeader))
        #expect(throws: BasicCredentialsError.tooLong) { try BasicCredentials(header: long) }
    }

    @Test("A password that isn't UTF-8 comes out as it was sent")
    func latin1() throws {
        let header = "Basic " + Data([0x75, 0x3A, 0xFC]).base64EncodedString()
        #expect(try BasicCredentials(header: header).password == SentPassword(bytes: [0xFC]))
    }

    @Test("Bytes of every length are decoded")
    func lengths() throws {
        for length in 0..<200 {
            let password = String((0..<length).map { Character(Unicode.Scalar(UInt8(0x20 + $0 % 95))) })
            #expect(try BasicCredentials(header: header("u:\(password)")).password == SentPassword(password))
        }
    }

    @Test("Any bytes are answered without a crash")
    func fuzz() {
        var random = SplitMix(state: 3)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            _ = try? BasicCredentials(header: "Basic " + Data(bytes).base64EncodedString())
            _ = try? BasicCredentials(header: "Basic " + String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("A password is never printed")
    func redacted() {
        let credentials = BasicCredentials(username: "anna", password: "geheim")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(text.contains("anna"))
            #expect(!text.contains("geheim"))
        }
    }
}
