import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Registry
import Testing

@testable import CellarHTTP

@Suite("Failures")
struct HTTPFailureTests {
    private static let statuses: [RegistryError.Code: Int] = [
        .invalidRequest: 400, .notAcceptable: 406, .tooLarge: 413, .authenticationRequired: 401, .wrongCredentials: 401,
        .forbidden: 403, .blocked: 403, .notFound: 404, .gone: 410, .alreadyExists: 409, .conflict: 409,
        .unavailable: 503, .tooManyAttempts: 429,
        .insufficientStorage: 507, .requestTimeout: 408, .internal: 500,
    ]

    @Test("each code has its status", arguments: RegistryError.Code.allCases)
    func status(code: RegistryError.Code) throws {
        let failure = HTTPFailure(RegistryError(code, "A message."))
        #expect(failure.status.code == Self.statuses[code])
        #expect(failure.code == code.rawValue)
        let response = failure.response(.text)
        #expect((response.headers[.wwwAuthenticate] != nil) == (failure.status == .unauthorized))
        #expect((response.headers[.retryAfter] != nil) == [429, 503, 507].contains(failure.status.code))
        #expect(response.headers[.cacheControl] == "no-store")
    }

    @Test(
        "a 503 never makes pip's five retries wait for more than ten seconds, and ends a long rest's wait soon",
        arguments: [(nil, 2), (0, 1), (1, 1), (5, 1), (6, 2), (10, 2), (11, 1), (77, 1), (900, 1)] as [(Int64?, Int64)])
    func retryAfter(_ known: Int64?, _ expected: Int64) {
        let failure = HTTPFailure(RegistryError(.unavailable, "A message.", retryAfter: known))
        #expect(failure.response(.text).headers[.retryAfter] == String(expected))
    }

    @Test("what is not meant for clients tells them nothing, and the log everything")
    func unknown() {
        struct Secret: Error {
            let text = "/var/lib/cellar"
        }
        let failure = HTTPFailure(Secret())
        #expect(failure.status == .internalServerError)
        #expect(!failure.message.contains("cellar"))
        #expect(failure.cause is Secret)
        #expect(failure.isWorthALine)
    }

    @Test("a connection that breaks is the client's error and no line in the log")
    func broken() {
        for error in [HTTPParserError.invalidEOFState, ChannelError.inputClosed] as [any Error] {
            let failure = HTTPFailure(error)
            #expect(failure.status == .badRequest)
            #expect(!failure.isWorthALine)
        }
    }

    @Test("what Hummingbird throws has a text")
    func framework() {
        #expect(HTTPFailure(HTTPError(.notFound)).message == "There is nothing under this address.")
        #expect(HTTPFailure(HTTPError(.contentTooLarge)).status == .contentTooLarge)
        #expect(HTTPFailure(HTTPError(.unprocessableContent)).status == .badRequest)
        #expect(HTTPFailure(HTTPError(.badGateway)).status == .internalServerError)
    }

    @Test("the answer to another method names those that are answered")
    func method() {
        let response = HTTPFailure(MethodNotAllowed(allowed: [.get, .head])).response(.json)
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "GET, HEAD, OPTIONS")
    }

    @Test("failures of trusted publishing are problem details, with what its clients show")
    func problem() throws {
        #expect(HTTPFailure.Format.format(at: "/_/oidc/mint-token") == .problem)
        #expect(HTTPFailure.Format.format(at: "/.well-known/pytp") == .problem)
        #expect(HTTPFailure.Format.format(at: "/api/v1/grants") == .json)
        #expect(HTTPFailure.Format.format(at: "/main/_/oidc/") == .text)
        let refusals: [(RegistryError.Code, String)] = [
            (.wrongCredentials, "invalid-token"), (.alreadyExists, "invalid-reuse-token"),
            (.forbidden, "invalid-publisher"),
        ]
        for (code, word) in refusals {
            let failure = HTTPFailure(try #require(TrustedPublishingFailure(RegistryError(code, "No."))))
            #expect(failure.status == .unprocessableContent)
            #expect(failure.code == word)
            let response = failure.response(.problem)
            #expect(response.headers[.contentType] == "application/problem+json")
            #expect(response.headers[.wwwAuthenticate] == nil)
        }
        #expect(TrustedPublishingFailure(RegistryError(.unavailable, "Later.")) == nil)
    }

    @Test("the reason phrase is one line of printable ASCII, and short")
    func reasonPhrase() {
        let message = "Zeile\r\nX-Injected: ü" + String(repeating: "x", count: 1000)
        let phrase = HTTPFailure(RegistryError(.notFound, message)).response(.text).status.reasonPhrase
        #expect(phrase.hasPrefix("Zeile  X-Injected: \\u{fc}xxx"))
        #expect(phrase.hasSuffix("x..."))
        #expect(phrase.utf8.count < 1000)
    }

    @Test("a sentence is the same in the reason phrase and in the body")
    func sameSentence() {
        let message = "'a-1.0-py3-none-any.whl' cannot be used: 'a/b.py' is not in RECORD. Build it again."
        let response = HTTPFailure(RegistryError(.invalidRequest, message)).response(.text)
        #expect(response.status.reasonPhrase == message)
    }

    @Test("why an upstream fails is for people who are known")
    func detail() {
        let error = RegistryError(.unavailable, "The upstream fails.", detail: "http://10.0.0.1 refuses.")
        #expect(HTTPFailure(error).message == "The upstream fails.")
        #expect(HTTPFailure(error, isCallerKnown: true).message == "The upstream fails. http://10.0.0.1 refuses.")
    }
}
