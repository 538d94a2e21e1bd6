package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func projects(in index: IndexName) async throws -> ProjectListing {
        try await driver.read { connection in
            guard let index = try connection.index(named: index) else { return ProjectListing(projects: [], serial: 0) }
            let projects = try connection.all(ReadingStatements.projectNames, .integer(index.id)) {
                ProjectListing.Project(name: try StoredValue.name($0.text(0)), serial: $0.integer(1))
            }
            return ProjectListing(projects: projects, serial: index.serial)
        }
    }

    package func deletedFiles(of project: NormalizedName, in index: IndexName) async throws -> [String] {
        try await driver.read { connection in
            try connection.all(ReadingStatements.deletedFiles, .text(index.description), SQLValue(project)) {
                $0.text(0)
            }
        }
    }

    package func project(_ name: NormalizedName, in index: IndexName) async throws -> ProjectRecord? {
        try await driver.read { connection in
            guard let project = try Self.head(of: name, in: index, connection) else { return nil }
            let files = try connection.all(ReadingStatements.projectFiles, .integer(project.id), read: Self.fileRecord)
            return ProjectRecord(
                id: project.id, name: name, displayName: project.displayName, origin: project.origin,
                status: project.status, statusReason: project.statusReason, serial: project.serial, files: files)
        }
    }

    package func listedProject(_ name: NormalizedName, in index: IndexName) async throws -> ListedProject? {
        try await driver.read { connection in
            guard let project = try Self.head(of: name, in: index, connection) else { return nil }
            return ListedProject(
                name: name, origin: project.origin, status: project.status, statusReason: project.statusReason,
                serial: project.serial, files: try Self.listedFiles(ofProject: project.id, connection))
        }
    }

    package func file(at address: FileAddress, now: Timestamp) async throws -> FileLocation? {
        let index = SQLValue.text(address.index.description)
        let filename = SQLValue.text(address.filename)
        return try await driver.read { connection in
            let digest: SQLValue
            switch address.locator {
            case .sha256(let sha256): digest = SQLValue(sha256)
            case .project(let project):
                return try connection.first(
                    ReadingStatements.currentFileOfProject, index, SQLValue(project), filename
                ) { try Self.location($0, servedUntil: nil) }
            }
            let current = try connection.first(ReadingStatements.currentFile, index, digest, filename) {
                try Self.location($0, servedUntil: nil)
            }
            if let current { return current }
            return try connection.first(ReadingStatements.replacedFile, index, digest, filename, SQLValue(now)) {
                try Self.location($0, servedUntil: $0.timestamp(10))
            }
        }
    }

    private struct ProjectHead {
        let id: Int64
        let displayName: String
        let origin: ProjectOrigin
        let status: ProjectStatus
        let statusReason: String?
        let serial: Int64

        init(_ row: any SQLRow) throws {
            id = row.integer(0)
            displayName = row.text(1)
            origin = try StoredValue.origin(row.text(2))
            status = try StoredValue.status(row.text(3))
            statusReason = row.optionalText(4)
            serial = row.integer(5)
        }
    }

    private static func head(
        of name: NormalizedName, in index: IndexName, _ connection: any SQLConnection
    ) throws -> ProjectHead? {
        try connection.first(ReadingStatements.project, .text(index.description), SQLValue(name)) {
            try ProjectHead($0)
        }
    }

    private static func listedFiles(
        ofProject id: Int64, _ connection: any SQLConnection
    ) throws -> [HeldFile] {
        let releases = try connection.all(ReadingStatements.releases, .integer(id)) {
            (key: $0.text(0), version: $0.text(1))
        }
        // Both come in the order of the keys, and every file has a release.
        var release = releases.startIndex
        return try connection.all(ReadingStatements.listedFiles, .integer(id)) { row in
            let key = row.text(0)
            while release < releases.endIndex, releases[release].key != key { release += 1 }
            guard release < releases.endIndex else { throw StoredValue.contradiction("the key of a release", key) }
            return HeldFile(
                filename: row.text(1), version: releases[release].version, sha256: try row.requiredDigest(2),
                size: row.integer(3), metadataDigest: try row.optionalDigest(4),
                requiresPython: row.optionalText(5), uploadTime: row.timestamp(6),
                yanked: row.yanked(7))
        }
    }

    private static func fileRecord(_ row: any SQLRow) throws -> FileRecord {
        FileRecord(
            filename: row.text(0), fileKey: FileKey(stored: row.text(1)), packageType: row.text(2),
            version: row.text(3), size: row.integer(4),
            digests: FileDigests(sha256: try row.requiredDigest(5), md5: row.text(6), blake2b256: row.text(7)),
            metadataDigest: try row.optionalDigest(8), metadataSize: row.optionalInteger(9),
            advertisesMetadata: row.flag(18), requiresPython: row.optionalText(10), uploadedAt: row.timestamp(11),
            uploader: row.text(12),
            yanked: row.yanked(13), serial: row.integer(15),
            source: row.source(16))
    }

    private static func location(_ row: any SQLRow, servedUntil: Timestamp?) throws -> FileLocation {
        FileLocation(
            project: try StoredValue.name(row.text(0)), status: try StoredValue.status(row.text(1)),
            sha256: try row.requiredDigest(2), size: row.integer(3),
            metadataDigest: try row.optionalDigest(4), metadataSize: row.optionalInteger(5),
            version: row.text(6), packageType: row.text(7), uploadedAt: row.timestamp(8), isCached: !row.isNull(9),
            servedUntil: servedUntil)
    }
}
