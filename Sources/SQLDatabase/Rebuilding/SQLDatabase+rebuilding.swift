package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func adoptInstallationID(_ id: String) async throws {
        try await driver.write { connection in
            try connection.execute("UPDATE installation SET id = ?1 WHERE only_row = 1", .text(id))
        }
    }

    package func rebuild(from contents: RebuildContents, now: Timestamp) async throws {
        try await driver.write { try Rebuild(contents: contents, now: now).run(on: $0) }
    }
}
