package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func rebuild(from contents: RebuildContents, now: Timestamp) async throws {
        try await driver.write { try Rebuild(contents: contents, now: now).run(on: $0) }
    }
}
