import Testing

@testable import CellarServer

@Suite("The setup link's token")
struct SetupLinkTests {
    @Test("is 256 bits in base64url, and another one each time")
    func form() {
        let token = SetupLink().token
        #expect(token.utf8.count == 43)
        #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        #expect(SetupLink().token != token)
    }

    @Test("matches itself only")
    func matching() {
        let link = SetupLink()
        #expect(link.matches(link.token))
        #expect(!link.matches(String(link.token.dropLast())))
        #expect(!link.matches(link.token + "A"))
        #expect(!link.matches(String(link.token.dropLast()) + (link.token.hasSuffix("A") ? "B" : "A")))
        #expect(!link.matches(""))
    }
}
