import Registry
import Testing

@testable import CellarHTTP

@Suite("Query parameters")
struct QueryParametersTests {
    @Test(
        "a parameter is decoded",
        arguments: [
            ("/p", nil), ("/p?", nil), ("/p?q", ""), ("/p?q=", ""), ("/p?q=a", "a"), ("/p?x=1&q=a=b&y", "a=b"),
            ("/p?q=a+b%2Bc%20d", "a b+c d"), ("/p?%71=a", "a"), ("/p?Q=a", nil), ("/p?q=%C3%BC", "ü"),
            ("/p?a?q=1&q=2", "2"), ("/p?&&q=a&", "a"),
        ] as [(String, String?)])
    func decoded(path: String, value: String?) throws {
        #expect(try QueryParameters(path: path).value("q") == value)
    }

    @Test(
        "parameters of other names are refused",
        arguments: [("", true), ("q=1&limit=2", true), ("&&", true), ("x", false), ("q=1&x=1", false), ("=1", false)])
    func known(query: String, isKnown: Bool) {
        let parameters = QueryParameters(path: "/p?" + query)
        let wasKnown = (try? parameters.check(known: ["q", "limit"])) != nil
        #expect(wasKnown == isKnown)
    }

    @Test("one that is given twice or is no text is refused", arguments: ["q=1&q=1", "q=1&x&%71=2", "q=%", "q=%FF"])
    func refused(query: String) {
        #expect(throws: RegistryError.self) { try QueryParameters(path: "/p?" + query).value("q") }
    }
}
