import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Testing

@Suite("The list of projects")
struct ProjectListTests {
    @Test("states the serial of each project, also of indexes behind it, as bandersnatch wants it")
    func serials() async throws {
        let behind = try #require(IndexName("behind"))
        let installation = try await TestInstallation.open(
            try TestInstallation.Place(),
            indexes: [.caching(.main, [.index(behind)]), IndexSettings(name: behind)])
        for version in ["1.0", "2.0"] { try await Upload("theirs", version).publish(to: installation, index: behind) }
        try await Upload("ours", "1.0").publish(to: installation)
        let page = try await installation.registry.pages.projectList(
            format: .json, in: .main, caller: TestInstallation.alice)
        let text = String(buffer: page.identity.bytes)
        #expect(text.contains(#"{"name":"ours","_last-serial":1}"#), "\(text)")
        #expect(text.contains(#"{"name":"theirs","_last-serial":2}"#), "\(text)")
        await installation.close()
    }
}
