import HTTPTypes
import HummingbirdTesting
import Testing

@testable import CellarHTTP

@Suite("Redirects")
struct RedirectTests {
    @Test(
        "an address that is not the canonical one leads there, relative and with its query",
        arguments: [
            ("/main", "main/simple/"), ("/main/", "simple/"), ("/main/legacy", "simple/"),
            ("/main/legacy/", "../simple/"), ("/legacy/", "../simple/"), ("/pypi/main/legacy/", "../simple/"),
            ("/main/simple", "./simple/"), ("/simple", "./simple/"), ("/pypi", "./pypi/"),
            ("/pypi/main/simple", "./simple/"), ("/simple/alpha", "alpha/"), ("/simple/Alpha", "alpha/"),
            ("/simple/Alpha/", "../alpha/"), ("/main/simple/A.l_pha/", "../a-l-pha/"), ("/pypi/Alpha/", "../alpha/"),
            ("/main/simple//alpha/", "../../alpha/"), ("/simple//Alpha", "../alpha/"),
            ("/pypi/simple//alpha/", "../../alpha/"), ("/main/+simple//alpha/", "../../alpha/"),
            ("/main/alpha/1.0/", "../../simple/alpha/"), ("/main/alpha/1.0", "../simple/alpha/"),
            ("/main//Alpha", "../simple/alpha/"), ("/main/alpha", "simple/alpha/"),
            ("/main/alpha/", "../simple/alpha/"),
            ("/main/legacy/alpha/1.0/", "../../../simple/alpha/"), ("/main/legacy//alpha", "../../simple/alpha/"),
            ("/Alpha/1.0/", "../../simple/alpha/"), ("/alpha/1.0/", "../../simple/alpha/"),
            ("/legacy/alpha/1.0/", "../../../simple/alpha/"), ("//alpha", "../simple/alpha/"),
            ("/secret/1.0/", "../../simple/secret/"), ("/absent/1.0/", "../../simple/absent/"),
            ("/simple/Al%70ha?format=text/html", "alpha/?format=text/html"),
        ])
    func redirected(path: String, location: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                for method in [HTTPRequest.Method.get, .head] {
                    let answer = try await client.execute(uri: path, method: method)
                    #expect(answer.status == .movedPermanently)
                    #expect(answer.headers[.location] == location)
                }
            }
        }
    }

    @Test("what no project can be called is not found", arguments: ["/simple/-/", "/simple/a%20b/", "/simple/%C3%BC/"])
    func noName(path: String) async throws {
        try await HTTPFixture.run { fixture in
            try await fixture.ask { client in
                let answer = try await client.execute(uri: path, method: .get)
                #expect(answer.status == .notFound)
            }
        }
    }
}
