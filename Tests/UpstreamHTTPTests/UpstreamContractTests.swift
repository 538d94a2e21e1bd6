import Registry
import RegistryTestSupport
import Testing

@testable import UpstreamHTTP

@Suite("Upstream contract")
struct UpstreamContractTests {
    @Test("an index over HTTP keeps the contract", arguments: UpstreamContract.rules)
    func http(_ rule: UpstreamContract) async throws {
        try await rule.check { site, body in
            try await TestServer.run { request in
                SiteServer.answer(request, site)
            } _: { server in
                var settings = Testbed.settings(server.url + "/simple/")
                settings.responseTimeout = .seconds(20)
                settings.idleTimeout = .seconds(20)
                try await Testbed.with(settings) { try await body($0, server.url + "/files/") }
            }
        }
    }

    @Test("memory keeps the contract", arguments: UpstreamContract.rules)
    func memory(_ rule: UpstreamContract) async throws {
        try await rule.check { site, body in
            let upstream = InMemoryUpstream()
            let filesURL = "https://upstream.example/files/"
            for page in site.pages {
                upstream.set(
                    page.page(filesURL: filesURL), entityTag: page.entityTag, lastModified: page.lastModified,
                    freshFor: page.freshFor)
            }
            for (name, bytes) in site.files {
                let file = InMemoryUpstream.File(
                    bytes, tellsSize: site.tellsSizes, servesRanges: site.servesRanges)
                upstream.set(file, at: filesURL + name)
            }
            try await body(upstream, filesURL)
            #expect(upstream.openBodies == 0)
        }
    }
}
