import FoundationEssentials
import Registry
import Testing

@testable import CellarHTTP

@Suite("What headers say of a sender")
struct SentCredentialsTests {
    private let token = "cellar_" + String(repeating: "0", count: 38)

    private func basic(_ text: String) -> String { "Basic " + Data(text.utf8).base64EncodedString() }

    private func read(_ authorization: String?, _ privateToken: String? = nil) throws -> SentCredentials {
        try SentCredentials(authorization: authorization, privateToken: privateToken)
    }

    private func sent(_ user: String?) -> SentCredentials { .token(Array(token.utf8), user: user) }

    @Test("nothing, and an empty password, are no credentials")
    func none() throws {
        #expect(try read(nil) == .none)
        #expect(try read(nil, "") == .none)
        #expect(try read(basic("ada:")) == .none)
        #expect(try read(basic("ada:"), "") == .none)
    }

    @Test(
        "a token is one whatever the user name",
        arguments: [
            "", "__token__", "aws", "oauth2accesstoken", "gitlab-ci-token", "_json_key_base64", "ada", "ci+billing",
        ])
    func users(user: String) throws {
        #expect(try read(basic("\(user):\(token)")) == sent(user))
    }

    @Test("a bearer token and PRIVATE-TOKEN are tokens")
    func others() throws {
        for scheme in ["Bearer ", "bearer ", "BEARER   "] { #expect(try read(scheme + token + " ") == sent(nil)) }
        #expect(try read(nil, token) == sent(nil))
        #expect(try read(basic("ada:"), token) == sent(nil))
        #expect(try read(basic("ada:secret")) == .password(user: "ada", password: "secret"))
    }

    @Test("the same token twice is one; two credentials are refused")
    func two() throws {
        #expect(try read(basic("ci+a:\(token)"), token) == sent("ci+a"))
        #expect(try read("Bearer \(token)", token) == sent(nil))
        let other = token.dropLast() + "1"
        for authorization in ["Bearer \(other)", basic("__token__:\(other)"), basic("ada:secret")] {
            #expect(throws: BasicCredentialsError.twoCredentials) { try read(authorization, token) }
        }
    }

    @Test("what is sent as a token must begin like one")
    func foreign() {
        for text in ["", "abc", "pypi-AgEIcHlwaS5vcmc", "eyJhbGciOiJub25lIn0.e30.", "Cellar_" + token.dropFirst(7)] {
            #expect(throws: BasicCredentialsError.noToken) { try read("Bearer \(text)") }
            guard !text.isEmpty else { continue }
            #expect(throws: BasicCredentialsError.noToken) { try read(nil, text) }
        }
        #expect(throws: BasicCredentialsError.tooLong) {
            try read("Bearer cellar_" + String(repeating: "x", count: BasicCredentials.longestHeader))
        }
        #expect(throws: BasicCredentialsError.otherScheme) { try read("Digest x") }
    }
}
