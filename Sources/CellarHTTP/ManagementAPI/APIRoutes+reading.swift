import Hummingbird
import PackagingStandards
import Registry

extension APIRoutes {
    func listIndexes() -> Response {
        let readable = registry.indexes.all
            .filter { registry.permissions.maySee($0, caller) }
        return Self.json { json in
            json.key("indexes")
            json.array { json in
                for index in readable {
                    json.object { json in
                        json.member("name", index.name.description)
                        json.key("rights")
                        json.array { json in
                            for right in Right.allCases where registry.permissions.may(right, nil, in: index, caller) {
                                json.string(right.rawValue)
                            }
                        }
                    }
                }
            }
        }
    }

    func search(in index: IndexName) async throws -> Response {
        let limit = Int(try integer("limit", in: 1...500) ?? 50)
        let offset = Int(try integer("offset", in: 0...1_000_000) ?? 0)
        let text = try queryText("q") ?? ""
        let found = try await registry.management.search(
            ProjectSearch(index: index, text: text, limit: limit, offset: offset), caller: caller)
        return Self.json { json in
            json.key("projects")
            json.array { json in
                for project in found { project.write(into: &json) }
            }
        }
    }

    func describe(_ project: NormalizedName, in index: IndexName) async throws -> Response {
        let record = try await registry.management.project(project, in: index, caller: caller)
        return Self.json { json in
            json.member("name", record.name.description)
            json.member("display_name", record.displayName)
            json.member("origin", record.origin.description)
            json.member("status", record.status.rawValue)
            json.member("status_reason", record.statusReason)
            json.key("serial")
            json.integer(record.serial)
            json.key("releases")
            json.array { json in
                var rest = record.files[...]
                while let first = rest.first {
                    let release = rest.prefix { $0.version == first.version }
                    rest = rest.dropFirst(release.count)
                    json.object { json in Self.write(release: Array(release), into: &json) }
                }
            }
        }
    }

    func describe(_ target: FileTarget) async throws -> Response {
        let record = try await registry.management.project(target.project, in: target.index, caller: caller)
        switch target.selection {
        case .release(let version):
            let files = record.files.filter { Version($0.version) == version }
            guard !files.isEmpty else {
                throw RegistryError(.notFound, "The project \(target.project) has no release \(version).")
            }
            return Self.json { json in Self.write(release: files, into: &json) }
        case .file(let filename):
            guard let file = record.files.first(where: { $0.filename == filename }) else {
                throw RegistryError(.notFound, "The project \(target.project) has no such file.")
            }
            return Self.json { json in file.writeMembers(into: &json) }
        case .project: return try await describe(target.project, in: target.index)
        }
    }

    func audit() async throws -> Response {
        var query = AuditQuery(limit: Int(try integer("limit", in: 1...500) ?? 50))
        query.before = try integer("before", in: 1...Int64.max)
        query.since = try queryMoment("since")
        query.until = try queryMoment("until")
        query.actor = try queryText("actor")
        query.action = try queryText("action")
        query.index = try queryText("index").map(Self.index)
        query.project = try queryText("project").map(Self.project)
        query.address = try queryText("address")
        let lines = try await registry.management.audit(query, caller: caller)
        return Self.json { json in
            json.key("lines")
            json.array { json in
                for line in lines { line.write(into: &json) }
            }
        }
    }

    func taggedDownloads() async throws -> Response {
        var query = TaggedDownloadsQuery(limit: Int(try integer("limit", in: 1...500) ?? 50))
        query.since = try queryMoment("since")
        query.user = try queryText("user")
        query.tag = try queryText("tag")
        let downloads = try await registry.tagCounting.downloads(query, caller: caller)
        return Self.json { json in
            json.key("downloads")
            json.array { json in
                for sum in downloads { sum.write(into: &json) }
            }
        }
    }

    private func queryMoment(_ name: String) throws -> Timestamp? {
        guard let text = try queryText(name) else { return nil }
        guard let moment = Timestamp(iso8601: text.utf8.count == 10 ? text + "T00:00:00Z" : text) else {
            throw RegistryError(
                .invalidRequest,
                "The parameter \(name) must be a date such as 2026-11-21, or a moment such as 2026-11-21T08:00:00Z.")
        }
        return moment
    }

    func why(_ project: NormalizedName, in index: IndexName) async throws -> Response {
        let version = try queryText("version").map(Self.version)
        let explanation = try await registry.explaining.why(project, version: version, in: index, caller: caller)
        return Self.json { json in explanation.writeMembers(into: &json) }
    }

    private static func write(release files: [FileRecord], into json: inout JSONWriter) {
        json.member("version", files[0].version)
        json.key("yanked")
        json.boolean(files.allSatisfy { $0.yanked != .no })
        json.key("files")
        json.array { json in
            for file in files {
                json.object { json in file.writeMembers(into: &json) }
            }
        }
    }
}

extension TaggedDownloads {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("user", source?.user)
            json.member("tag", source?.tag)
            json.member("index", source?.index.description)
            json.key("downloads")
            json.integer(count)
        }
    }
}

extension ProjectSummary {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in writeMembers(into: &json) }
    }

    func writeMembers(into json: inout JSONWriter) {
        json.member("name", name.description)
        json.member("display_name", displayName)
        json.member("summary", summary)
        json.member("latest_version", latestVersion)
        json.member("status", status.rawValue)
        json.key("serial")
        json.integer(serial)
        json.key("changed_at")
        json.timestamp(changedAt)
    }
}

extension FileRecord {
    fileprivate func writeMembers(into json: inout JSONWriter) {
        json.member("filename", filename)
        json.member("type", packageType)
        json.member("version", version)
        json.key("size")
        json.integer(size)
        json.key("digests")
        json.object { json in
            json.member("sha256", digests.sha256.description)
            json.member("md5", digests.md5)
            json.member("blake2b_256", digests.blake2b256)
        }
        json.member("metadata_sha256", metadataDigest?.description)
        json.member("requires_python", requiresPython)
        json.key("uploaded_at")
        json.timestamp(uploadedAt)
        json.member("uploader", uploader)
        json.key("yanked")
        json.boolean(yanked != .no)
        json.member("yanked_reason", yanked.reason)
        json.key("serial")
        json.integer(serial)
    }
}
