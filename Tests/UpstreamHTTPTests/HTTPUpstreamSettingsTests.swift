import Testing
import UpstreamHTTP

@Suite("The settings of an upstream")
struct HTTPUpstreamSettingsTests {
    @Test("bound what an upstream can do if nothing is written")
    func defaults() {
        let settings = HTTPUpstreamSettings(id: "pypi", url: "https://pypi.org/simple/")
        #expect(settings.maxPageSize == 64 << 20)
        #expect(settings.maxPageFiles == 200_000)
        #expect(settings.responseTimeout == .seconds(30))
    }
}
