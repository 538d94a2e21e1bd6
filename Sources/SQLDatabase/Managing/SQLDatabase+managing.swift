package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func setYanked(
        _ yanked: Yanked, _ target: FileTarget, by change: ChangeAuthor
    ) async throws -> [String] {
        let (isYanked, reason) = yanked.columns
        return try await driver.write { connection in
            guard let (project, found) = try connection.files(of: target) else { return [] }
            let files = found.filter { $0.source == nil }
            let changed = files.filter { $0.isYanked != isYanked || $0.yankedReason != reason }
            guard !changed.isEmpty else { return files.map(\.filename) }
            let serial = try connection.nextSerial(of: project.index)
            for var file in changed {
                file.isYanked = isYanked
                file.yankedReason = reason
                try connection.write(file, in: project, serial: serial, by: change)
            }
            try connection.touch(project, serial: serial, at: change.at.microseconds)
            try connection.record(
                AuditEntry(
                    target.action(isYanked ? "yank" : "unyank"), index: target.index,
                    project: target.project.description, subject: target.subject(files), detail: reason),
                by: change)
            return files.map(\.filename)
        }
    }

    package func delete(_ target: FileTarget, by change: ChangeAuthor) async throws -> [String] {
        try await driver.write { connection in
            guard let (project, files) = try connection.files(of: target), !files.isEmpty else { return [] }
            let serial = try connection.nextSerial(of: project.index)
            for var file in files {
                guard file.source == nil else {
                    try connection.prune(file, in: project, serial: serial, by: change)
                    continue
                }
                file.state = .deleted
                try connection.forgetReplaced(by: file)
                try connection.write(file, in: project, serial: serial, by: change)
            }
            try connection.touch(project, serial: serial, at: change.at.microseconds)
            try connection.record(
                AuditEntry(
                    target.action("delete"), index: target.index, project: target.project.description,
                    subject: target.subject(files), detail: files.map(\.filename).joined(separator: " ")),
                by: change)
            return files.map(\.filename)
        }
    }

    package func setStatus(
        _ status: ProjectStatus, reason: String?, of project: NormalizedName, in index: IndexName,
        by change: ChangeAuthor
    ) async throws -> Bool {
        try await driver.write { connection in
            guard let index = try connection.index(named: index), let old = try connection.project(project, in: index)
            else { return false }
            guard old.status != status || old.statusReason != reason else { return true }
            try connection.setStatus(status, reason: reason, of: old, by: change)
            return true
        }
    }

    package func purge(_ digest: SHA256Digest, by change: ChangeAuthor) async throws -> PurgeOutcome {
        try await driver.write { try Purge(digest: digest, change: change).run(on: $0) }
    }
}
