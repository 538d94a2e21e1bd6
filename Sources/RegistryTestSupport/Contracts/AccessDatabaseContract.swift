import PackagingStandards
public import Registry
import Testing

/// What every `AccessDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum AccessDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any AccessDatabase & PeopleDatabase & PublishingDatabase & ReadingDatabase
        & ManagingDatabase & NameDatabase & ChangesDatabase & OutboxDatabase & RebuildDatabase & AuditDatabase
        & InstallationDatabase & DeclarationDatabase

    typealias Check = DatabaseCheck<Subject>

    private static func scope(_ project: String, in index: IndexName = .main) throws -> GrantScope {
        guard let pattern = NamePattern(project) else { throw Sample.Unreadable(text: project) }
        return .projects(index, pattern)
    }

    /// Adds a person, and returns their id.
    private static func add(_ name: String, to database: Subject) async throws -> Int64 {
        try await database.addUser(name, passwordHash: "$y$", isAdministrator: false, by: Sample.author())
        return try #require(try await database.user(named: name)?.id)
    }

    /// Expects that something fails with a code.
    private static func expect(_ code: RegistryError.Code, _ work: () async throws -> Void) async {
        var found: RegistryError.Code?
        do {
            try await work()
        } catch {
            found = (error as? RegistryError)?.code
        }
        #expect(found == code)
    }

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = grants + groups + owners + projects

    private static let grants: [DatabaseCheck<Subject>] = [
        Check("keeps grants on every scope to every principal, each once, in their order") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let eve = try await add("Eve", to: database)
            try await database.addGroup("dev", by: Sample.author())
            let wanted: [(Right, Principal, GrantScope, String)] = [
                (.read, .everyone, .server, "everyone"),
                (.write, .authenticated, .index(other), "authenticated"),
                (.administer, .user("eve"), try scope("some-name"), "user:Eve"),
                (.cacheUpdate, .group("dev"), try scope("some-*", in: other), "group:dev"),
            ]
            for (right, principal, scope, shown) in wanted {
                let author = Sample.author("root", after: 5)
                let first = try await database.addGrant(of: right, to: principal, on: scope, by: author)
                #expect(first.isChange)
                #expect(first.record.grant.right == right)
                #expect(first.record.grant.scope == scope)
                #expect(first.record.principal == shown)
                #expect(first.record.grantedBy == "root")
                #expect(first.record.grantedAt == SampleTime.after(5))
                let second = try await database.addGrant(of: right, to: principal, on: scope, by: Sample.author())
                #expect(second == GrantChange(record: first.record, isChange: false))
            }
            let kept = try await database.grants()
            #expect(kept.map(\.principal) == wanted.map { $0.3 })
            #expect(kept[2].grant.grantee == .user(eve))
            #expect(try await database.audit(limit: 4, before: nil).map(\.action).allSatisfy { $0 == "grant.add" })
        },
        Check("takes a grant back, once") { database in
            try await database.declareIndexes([.main])
            let added = try await database.addGrant(of: .read, to: .everyone, on: .index(.main), by: Sample.author())
            let removed = try await database.removeGrant(added.record.id, by: Sample.author("root"))
            #expect(removed == added)
            #expect(try await database.removeGrant(added.record.id, by: Sample.author()) == nil)
            #expect(try await database.grants().isEmpty)
            let line = try #require(try await database.audit(limit: 1, before: nil).first)
            #expect(line.action == "grant.remove")
            #expect(line.actor == "root")
            #expect(line.subject == "everyone")
            #expect(line.detail == "read")
        },
        Check("grants nothing to whom it does not know, and nothing in an index that it does not know") { database in
            try await database.declareIndexes([.main])
            let author = Sample.author()
            for principal in [Principal.user("eve"), .group("dev")] {
                await expect(.notFound) {
                    _ = try await database.addGrant(of: .read, to: principal, on: .server, by: author)
                }
            }
            let unknown = GrantScope.index(try Sample.index("unknown"))
            await expect(.notFound) {
                _ = try await database.addGrant(of: .read, to: .everyone, on: unknown, by: author)
            }
            #expect(try await database.grants().isEmpty)
        },
        Check("keeps a bounded number of grants on one scope") { database in
            try await database.declareIndexes([.main])
            let author = Sample.author()
            let names = (0..<63).map { "user\($0)" }
            for name in names { _ = try await add(name, to: database) }
            let all = names.flatMap { name in Right.allCases.map { ($0, Principal.user(name)) } }
            let most = Int(GrantRecord.mostOnOneScope)
            for (right, principal) in all.prefix(most) {
                _ = try await database.addGrant(of: right, to: principal, on: scope("a"), by: author)
            }
            let (right, principal) = all[most]
            await expect(.conflict) {
                _ = try await database.addGrant(of: right, to: principal, on: scope("a"), by: author)
            }
            let (last, whom) = all[most - 1]
            #expect(try await !database.addGrant(of: last, to: whom, on: scope("a"), by: author).isChange)
            #expect(try await database.addGrant(of: right, to: principal, on: scope("a*"), by: author).isChange)
            #expect(try await database.grants().count == most + 1)
        },
        Check("gives the rules with the count of changes at which they hold, to other processes too") { database in
            try await database.declareIndexes([.main])
            let before = try await database.changes(since: nil).cursor
            let added = try await database.addGrant(of: .read, to: .everyone, on: .index(.main), by: Sample.author())
            var cursor = try await database.changes(since: before).cursor
            #expect(cursor.accessEpoch > before.accessEpoch)
            #expect(try await database.accessRules().epoch == cursor.accessEpoch)
            _ = try await database.addGrant(of: .read, to: .everyone, on: .index(.main), by: Sample.author())
            #expect(try await database.changes(since: cursor).cursor == cursor)
            _ = try await database.removeGrant(added.record.id, by: Sample.author())
            let epoch = cursor.accessEpoch
            cursor = try await database.changes(since: cursor).cursor
            #expect(cursor.accessEpoch > epoch)
            #expect(try await database.accessRules().epoch == cursor.accessEpoch)
        },
        Check("keeps a grant whose principal is removed, and gives it to nobody of the same name") { database in
            try await database.declareIndexes([.main])
            let eve = try await add("eve", to: database)
            let first = try await database.addGrant(of: .read, to: .user("eve"), on: scope("a"), by: Sample.author())
            try await database.removeUser("eve", by: Sample.author())
            let again = try await add("eve", to: database)
            #expect(again != eve)
            let kept = try #require(try await database.grants().first)
            #expect(kept.principal == "user:#\(eve)")
            #expect(kept.grant == first.record.grant)
            let second = try await database.addGrant(of: .read, to: .user("eve"), on: scope("a"), by: Sample.author())
            #expect(second.record.grant.grantee == .user(again))
            #expect(try await database.grants().count == 2)
        },
    ]

    private static let groups: [DatabaseCheck<Subject>] = [
        Check("keeps groups and their members, whom it knows without case") { database in
            _ = try await add("Eve", to: database)
            let author = Sample.author()
            try await database.addGroup("dev", by: author)
            await expect(.alreadyExists) { try await database.addGroup("dev", by: author) }
            #expect(try await database.addMember("eve", to: "dev", by: author))
            #expect(try await !database.addMember("EVE", to: "dev", by: author))
            let group = try #require(try await database.groups().first)
            #expect(group.members == ["Eve"])
            #expect(!group.isDeclared)
            let user = try #require(try await database.user(named: "eve"))
            #expect(user.groups == ["dev"])
            #expect(user.groupIDs == [group.id])
            #expect(try await database.removeMember("eve", from: "dev", by: author))
            #expect(try await !database.removeMember("eve", from: "dev", by: author))
            #expect(try await database.user(named: "eve")?.groupIDs == [])
            await expect(.notFound) { _ = try await database.addMember("eva", to: "dev", by: author) }
            await expect(.notFound) { _ = try await database.addMember("eve", to: "ops", by: author) }
        },
        Check("gives a new group of a removed one's name another id") { database in
            let author = Sample.author()
            try await database.addGroup("dev", by: author)
            let first = try await database.groups().map(\.id)
            try await database.removeGroup("dev", by: author)
            await expect(.notFound) { try await database.removeGroup("dev", by: author) }
            try await database.addGroup("dev", by: author)
            #expect(try await database.groups().map(\.id) != first)
        },
        Check("leaves the groups of the configuration to it, and keeps their ids") { database in
            _ = try await add("Eve", to: database)
            let author = Sample.author()
            try await database.declare(Declaration(groups: ["dev": ["EVE", "adam"]]), by: Sample.author())
            let group = try #require(try await database.groups().first)
            #expect(group.isDeclared)
            #expect(group.members == ["adam", "eve"])
            #expect(try await database.user(named: "eve")?.groupIDs == [group.id])
            await expect(.alreadyExists) { try await database.addGroup("dev", by: author) }
            await expect(.conflict) { try await database.removeGroup("dev", by: author) }
            await expect(.conflict) { _ = try await database.addMember("eve", to: "dev", by: author) }
            try await database.declare(Declaration(groups: [:]), by: Sample.author())
            let left = try #require(try await database.groups().first)
            #expect(left == GroupRecord(id: group.id, name: "dev", isDeclared: false, members: []))
        },
        Check("forgets the members of a group that the configuration declares") { database in
            _ = try await add("eve", to: database)
            try await database.addGroup("dev", by: Sample.author())
            _ = try await database.addMember("eve", to: "dev", by: Sample.author())
            try await database.declare(Declaration(groups: ["dev": ["adam"]]), by: Sample.author())
            #expect(try await database.user(named: "eve")?.groupIDs == [])
            try await database.declare(Declaration(groups: [:]), by: Sample.author())
            #expect(try await database.groups().first?.members == [])
            #expect(try await database.user(named: "eve")?.groupIDs == [])
        },
        Check("names each change of a group in the audit, and counts it") { database in
            _ = try await add("eve", to: database)
            let author = Sample.author("root")
            let before = try await database.changes(since: nil).cursor.accessEpoch
            try await database.addGroup("dev", by: author)
            _ = try await database.addMember("eve", to: "dev", by: author)
            _ = try await database.removeMember("eve", from: "dev", by: author)
            try await database.removeGroup("dev", by: author)
            let lines = try await database.audit(limit: 4, before: nil)
            #expect(
                lines.map(\.action) == ["group.remove", "group.member.remove", "group.member.add", "group.add"])
            #expect(lines.allSatisfy { $0.actor == "root" && $0.subject == "dev" })
            #expect(try await database.changes(since: nil).cursor.accessEpoch == before + 4)
        },
    ]

    private static let owners: [DatabaseCheck<Subject>] = [
        Check("notes who creates a project by its first publish, and nobody after that") { database in
            try await database.declareIndexes([.main, try Sample.index("other")])
            let name = try Sample.name("mine")
            #expect(try await database.owner(of: name, in: .main) == nil)
            try await database.publish(SampleFile("mine"))
            #expect(try await database.owner(of: name, in: .main) == 7)
            #expect(try await database.ownsProject(7, in: .main))
            #expect(try await !database.ownsProject(8, in: .main))
            #expect(try await database.projects(ownedBy: 7) == [ProjectPlace(index: .main, project: name)])
            #expect(try await database.projects(ownedBy: 8).isEmpty)
            #expect(try await !database.ownsProject(7, in: Sample.index("other")))
            #expect(try await database.owner(of: name, in: Sample.index("other")) == nil)
            try await database.publish(SampleFile("mine", "2.0"))
            #expect(try await database.owner(of: name, in: .main) == 7)
        },
        Check("forgets who created a project when its name is given back") { database in
            try await database.declareIndexes([.main])
            let name = try Sample.name("mine")
            try await database.publish(SampleFile("mine"))
            let target = FileTarget(index: .main, project: name, selection: .release(try Sample.version("1.0")))
            _ = try await database.delete(target, by: Sample.author())
            #expect(try await database.owner(of: name, in: .main) == 7)
            _ = try await database.release(name, in: .main, by: Sample.author())
            #expect(try await database.owner(of: name, in: .main) == nil)
            try await database.publish(SampleFile("mine", "2.0"))
            #expect(try await database.owner(of: name, in: .main) == 7)
        },
    ]

    private static let projects: [DatabaseCheck<Subject>] = [
        Check("says in manifests which projects have grants of their own, from the first to the last") { database in
            try await database.declareIndexes([.main])
            for project in ["acme-a", "acme-b", "other"] { try await database.publish(SampleFile(project)) }
            let author = Sample.author()
            let one = try await database.addGrant(of: .read, to: .everyone, on: scope("acme-a"), by: author)
            #expect(one.projects.map(\.description) == ["acme-a"])
            #expect(try await database.project(Sample.name("acme-a"), in: .main)?.serial == one.serial)
            let all = try await database.addGrant(of: .read, to: .everyone, on: scope("acme-*"), by: author)
            #expect(all.projects.map(\.description) == ["acme-b"])
            let more = try await database.addGrant(of: .write, to: .everyone, on: scope("acme-*"), by: author)
            #expect(more.projects.isEmpty)
            #expect(more.serial == nil)
            try await database.publish(SampleFile("acme-c"))
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            func granted() throws -> Set<String> {
                var last: [String: Bool] = [:]
                for manifest in try shelf.projectManifests() { last[manifest.project] = manifest.hadGrants }
                return Set(last.filter(\.value).keys)
            }
            #expect(try granted() == ["acme-a", "acme-b", "acme-c"])
            for change in [all, more] { _ = try await database.removeGrant(change.record.id, by: author) }
            try await shelf.flush(database)
            #expect(try granted() == ["acme-a"])
            #expect(try await database.removeGrant(one.record.id, by: author)?.projects.count == 1)
            try await shelf.flush(database)
            #expect(try granted() == [])
        },
        Check("closes after a rebuild what had grants of its own, until it is granted again") { database in
            try await database.declareIndexes([.main])
            for project in ["secret", "open"] { try await database.publish(SampleFile(project)) }
            let added = try await database.addGrant(of: .read, to: .everyone, on: scope("secret"), by: Sample.author())
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            // With its grants it stays open.
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await database.accessRules().closedProjects.isEmpty)
            // Without them, as in a new database, it is closed.
            _ = try await database.removeGrant(added.record.id, by: Sample.author())
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            let place = ProjectPlace(index: .main, project: try Sample.name("secret"))
            #expect(try await database.accessRules().closedProjects == [place])
            let again = try await database.addGrant(of: .write, to: .everyone, on: scope("secr*"), by: Sample.author())
            #expect(again.projects == [place.project])
            #expect(try await database.accessRules().closedProjects.isEmpty)
        },
    ]
}
