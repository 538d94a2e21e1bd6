import PackagingStandards
public import Registry
import Testing

/// What every `ExceptionDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum ExceptionDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any ExceptionDatabase & PublishingDatabase & ReadingDatabase & UpstreamDatabase
        & ChangesDatabase & OutboxDatabase & RebuildDatabase & AuditDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static func exception(
        _ project: String, version: String? = nil, expiresAt: Timestamp? = nil, in index: IndexName = .main
    ) throws -> PolicyException {
        PolicyException(
            id: 0, index: index, project: try Sample.name(project), version: try version.map(Sample.version),
            reason: "looked at it", createdBy: "", createdAt: SampleTime.start, expiresAt: expiresAt)
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = [
        Check("keeps exceptions with author, reason and end, also those that have ended") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let author = Sample.author("eve", after: 5)
            let first = try await database.addException(
                exception("numpy", version: "2.0.0", expiresAt: SampleTime.after(6)), by: author)
            let second = try await database.addException(exception("numpy"), by: author)
            let third = try await database.addException(exception("aaa"), by: author)
            let foreign = try await database.addException(exception("numpy", in: other), by: author)
            #expect(Set([first.id, second.id, third.id, foreign.id]).count == 4)
            #expect(first.createdBy == "eve")
            #expect(first.createdAt == SampleTime.after(5))
            #expect(first.reason == "looked at it")
            #expect(try await database.exceptions(of: Sample.name("numpy"), in: .main) == [first, second])
            #expect(try await database.exceptions(of: nil, in: .main) == [third, first, second])
            #expect(try await database.exceptions(of: nil, in: other) == [foreign])
            #expect(try await database.exceptions(of: nil, in: Sample.index("none")).isEmpty)
        },
        Check("ends an exception of its own index only, and once") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let added = try await database.addException(exception("numpy", version: "2"), by: Sample.author())
            #expect(try await !database.removeException(added.id, in: other, by: Sample.author()))
            #expect(try await !database.removeException(added.id + 1, in: .main, by: Sample.author()))
            #expect(try await database.removeException(added.id, in: .main, by: Sample.author("eve")))
            #expect(try await !database.removeException(added.id, in: .main, by: Sample.author()))
            #expect(try await database.exceptions(of: nil, in: .main).isEmpty)
            let lines = try await database.audit(limit: 10, before: nil)
            #expect(lines.map(\.action) == ["policy.exception.remove", "policy.exception.add"])
            #expect(lines.map(\.actor) == ["eve", "ada"])
            #expect(lines.map(\.project) == ["numpy", "numpy"])
            #expect(lines.map(\.subject) == ["2", "2"])
        },
        Check("shows exceptions to other processes, also for projects that nobody has seen yet") { database in
            try await database.declareIndexes([.main])
            try await database.publish(SampleFile("known"))
            for project in ["known", "unseen"] {
                let name = try Sample.name(project)
                var cursor = try await database.changes(since: nil).cursor
                let added = try await database.addException(exception(project), by: Sample.author())
                var changes = try await database.changes(since: cursor)
                #expect(changes.projects == [.init(index: .main, project: name)])
                cursor = changes.cursor
                #expect(try await database.removeException(added.id, in: .main, by: Sample.author()))
                changes = try await database.changes(since: cursor)
                #expect(changes.projects == [.init(index: .main, project: name)])
                #expect(try await database.changes(since: changes.cursor).projects.isEmpty)
            }
            #expect(try await database.projects(in: .main).names.map(\.description) == ["known"])
        },
        Check(
            "brings exceptions back from manifests into a new database, with their numbers and spellings",
            twice: { database, _ in
                try await database.declareIndexes([.main])
                let ended = try await database.addException(exception("gone"), by: Sample.author())
                let kept = try await database.addException(
                    exception("numpy", version: "2.0.0", expiresAt: SampleTime.after(6)), by: Sample.author("eve"))
                #expect(kept.version?.description == "2.0.0")
                #expect(try await database.removeException(ended.id, in: .main, by: Sample.author()))
                #expect(try await database.audit(limit: 2, before: nil).map(\.subject) == [nil, "2.0.0"])
                var shelf = ManifestShelf()
                try await shelf.flush(database)
                // What the database has of a project with a manifest counts for nothing.
                _ = try await database.removeException(kept.id, in: .main, by: Sample.author())
                try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
                #expect(try await database.exceptions(of: nil, in: .main) == [kept])
                #expect(try await database.exceptions(of: nil, in: .main).first?.version?.description == "2.0.0")
                #expect(try await database.addException(exception("later"), by: Sample.author()).id > kept.id)
            }),
        Check("leaves exceptions that no manifest names, pages and pins alone in a rebuild") { database in
            try await database.declareIndexes([.main])
            let added = try await database.addException(exception("numpy"), by: Sample.author())
            let pin = UpstreamPin(filename: "numpy-1.tar.gz", sha256: nil, firstSeenAt: SampleTime.start)
            let name = try Sample.name("numpy")
            try await database.keepUpstreamPage(
                StoredUpstreamPage(
                    upstream: "pypi", project: name,
                    state: UpstreamPageState(
                        validators: PageValidators(entityTag: nil, lastModified: nil), fetchedAt: SampleTime.start,
                        freshUntil: SampleTime.start),
                    body: "{}"),
                pins: [pin])
            try await database.rebuild(
                from: RebuildContents(projects: [], files: [], firstOfReleases: [], replaced: []),
                now: SampleTime.start)
            #expect(try await database.exceptions(of: nil, in: .main) == [added])
            #expect(try await database.pins(of: name, from: "pypi") == [pin.filename: pin])
            #expect(try await database.upstreamPage(of: name, from: "pypi")?.body == "{}")
        },
    ]
}
