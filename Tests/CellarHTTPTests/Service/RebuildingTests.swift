import HTTPTypes
import HummingbirdTesting
import NIOCore
import Registry
import RegistryTestSupport
import SQLDatabase
import Testing

@Suite("While another process rebuilds the database")
struct RebuildingTests {
    @Test("a server is not ready and refuses writes, answers reads, and goes on afterwards")
    func refusals() async throws {
        try await HTTPFixture.run { fixture in
            let page = try await fixture.publishWheel("alpha").page
            let other = try await SQLDatabase.sqlite(path: fixture.databasePath)
            let replicas = fixture.registry.replicas
            try await replicas.enter(name: "a:1", version: "1", configuration: "x")
            let lease = try #require(try await other.takeLease(.rebuild, for: "other", lasting: 600_000_000))
            try await replicas.note()
            try await fixture.ask { client in
                #expect(try await client.execute(uri: page, method: .get).status == .ok)
                #expect(try await client.execute(uri: "/health/live", method: .get).status == .ok)
                let ready = try await client.execute(uri: "/health/ready", method: .get)
                #expect(ready.status == .serviceUnavailable)
                #expect(String(buffer: ready.body).contains("rebuilt"))
                for (path, method) in [
                    ("/main/", HTTPRequest.Method.post), ("/api/v1/users", .post),
                    ("/api/v1/indexes/main/projects/alpha/claim", .put), ("/api/v1/users/ada", .delete),
                ] {
                    let refused = try await client.execute(uri: path, method: method)
                    #expect(refused.status == .serviceUnavailable, "\(method) \(path)")
                }
            }
            try await other.endLease(lease)
            try await replicas.note()
            try await fixture.ask { client in
                let ready = try await client.execute(uri: "/health/ready", method: .get)
                let written = try await client.execute(uri: "/main/", method: .post)
                #expect(ready.status == .ok && written.status == .unauthorized)
            }
            await other.close()
        }
    }
}
