import Testing

@testable import CellarHTTP

@Suite("Trusted publishing")
struct TrustedPublishingRoutesTests {
    @Test(
        "The media type of PEP 807 and JSON are made, and nothing else",
        arguments: [
            (nil, true), ("application/vnd.pypi.pytp.v1+json", true), ("*/*", true), ("application/json", true),
            ("text/html, application/*;q=0.5", true), ("Application/JSON; charset=utf-8", true), ("text/html", false),
            ("application/vnd.pypi.simple.v1+json", false), ("application/vnd.pypi.pytp.v2+json", false), ("", false),
            ("*/*;q=0", false), ("text/html, */*; q=0.0", false),
        ] as [(String?, Bool)])
    func accepts(_ header: String?, _ isAccepted: Bool) {
        #expect(TrustedPublishingRoutes.accepts(header) == isAccepted)
    }
}
