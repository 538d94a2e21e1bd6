import PackagingStandards
public import Registry
import Testing

/// What every `SearchDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum SearchDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any SearchDatabase & DetailDatabase & PublishingDatabase & ManagingDatabase
        & CachingDatabase & NameDatabase & ReadingDatabase & RebuildDatabase & OutboxDatabase & ChangesDatabase
        & InstallationDatabase & PeopleDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] =
        findingChecks + describingChecks + listChecks + detailChecks

    // MARK: Finding

    private static func sample(
        _ project: String, _ version: String = "1.0", summary: String? = nil, keywords: [String] = [],
        authors: [String] = [], classifiers: [String] = [], requirements: [String] = [], index: IndexName = .main
    ) -> SampleFile {
        SampleFile(project, version).with { sample in
            sample.index = index
            sample.contents = "\(index) \(project) \(version)"
            sample.metadata = "metadata of \(project) \(version)"
            sample.summary = summary
            sample.excerpt = MetadataExcerpt(
                digest: Sample.digest("metadata of \(project) \(version)"), keywords: keywords, authors: authors,
                classifiers: classifiers, requirements: requirements.compactMap(DependencyRequirement.init))
        }
    }

    private static func found(
        _ database: Subject, _ text: String, in indexes: [IndexName] = [.main], classifiers: [String] = [],
        kind: ProjectKind? = nil, offset: Int = 0, limit: Int = 20,
        isReadable: (@Sendable (IndexName, NormalizedName) -> Bool)? = nil
    ) async throws -> [String] {
        let query = ProjectQuery(
            indexes: indexes, text: text, classifiers: classifiers, kind: kind, offset: offset, limit: limit)
        return try await database.find(query, isReadable: isReadable).projects.map {
            "\($0.summary.name)"
        }
    }

    private static func makeShop(_ database: Subject) async throws {
        try await database.declareIndexes([.main])
        for sample in [
            sample("requests", summary: "HTTP for Humans."), sample("requests-toolbelt", summary: "Tools for it"),
            sample("types-requests", summary: "Typing stubs"), sample("httpx", summary: "A next generation client"),
            sample("aiohttp", summary: "Async client", keywords: ["http", "server"]),
            sample("zope-web", summary: "The http publisher", authors: ["Ada Lovelace <ada@example.com>"]),
            sample(
                "django-shop", summary: "A shop",
                classifiers: ["Framework :: Django", "Programming Language :: Python :: 3"]),
            sample("flask-shop", summary: "A shop", classifiers: ["programming language :: python :: 3"]),
            sample("kensaku", summary: "高速な全文検索エンジン"),
        ] { try await database.publish(sample) }
    }

    private static let findingChecks: [Check] = [
        Check("finds the exact name first, then beginnings, words and parts of names, then the rest") { database in
            try await makeShop(database)
            #expect(
                try await found(database, "requests") == ["requests", "requests-toolbelt", "types-requests"])
            #expect(try await found(database, "Requests_Toolbelt") == ["requests-toolbelt"])
            #expect(try await found(database, "requests toolbelt") == ["requests-toolbelt"])
            #expect(try await found(database, "toolbelt requests") == ["requests-toolbelt"])
            // By name, part of a name, keyword, summary.
            #expect(try await found(database, "http") == ["httpx", "aiohttp", "requests", "zope-web"])
            #expect(try await found(database, "HTTP humans") == ["requests"])
            #expect(try await found(database, "lovelace") == ["zope-web"])
            #expect(try await found(database, "ada@example") == ["zope-web"])
            #expect(try await found(database, "django") == ["django-shop"])
            #expect(try await found(database, "http lovelace") == ["zope-web"])
            #expect(try await found(database, "nothing like it").isEmpty)
            #expect(try await found(database, "a\0b").isEmpty)
            #expect(try await found(database, "!!!").isEmpty)
            #expect(try await found(database, "' OR 1=1 --").isEmpty)
        },
        Check("finds words of scripts without spaces between words") { database in
            try await makeShop(database)
            #expect(try await found(database, "検索") == ["kensaku"])
            #expect(try await found(database, "全文検索") == ["kensaku"])
            #expect(try await found(database, "検文").isEmpty)
        },
        Check("forgives a letter too few, too many, wrong or swapped in a name") { database in
            try await makeShop(database)
            for text in ["reqeusts", "requessts", "rquests", "requezts", "equests", "requestss"] {
                #expect(try await found(database, text).first == "requests", "\(text)")
            }
            #expect(try await found(database, "djangoshop") == ["django-shop"])
            #expect(try await found(database, "xyzzy").isEmpty)
            let match = try await database.find(
                ProjectQuery(indexes: [.main], text: "reqeusts"), isReadable: nil
            ).projects.first?.match
            #expect(match == .similarName)
        },
        Check("filters by classifiers and kinds, and pages") { database in
            try await makeShop(database)
            let python = "Programming Language :: Python :: 3"
            #expect(try await found(database, "", classifiers: [python]) == ["django-shop", "flask-shop"])
            #expect(try await found(database, "shop", classifiers: ["framework :: django"]) == ["django-shop"])
            #expect(try await found(database, "", classifiers: [python, "Framework :: Django"]) == ["django-shop"])
            #expect(try await found(database, "", classifiers: ["Framework :: Other"]).isEmpty)
            let all = try await found(database, "")
            #expect(all == all.sorted() && all.count == 9)
            #expect(try await found(database, "", offset: 2, limit: 3) == Array(all[2..<5]))
            let page = try await database.find(
                ProjectQuery(indexes: [.main], text: "", offset: 8, limit: 5), isReadable: nil)
            #expect(page.count == 9 && !page.isCut && page.projects.count == 1)
            let cached = sample("cached-shop", summary: "A shop")
            try await database.cache(cached)
            _ = try await database.claim(try Sample.name("reserved-shop"), in: .main, by: Sample.author())
            #expect(try await found(database, "shop", kind: .cached) == ["cached-shop"])
            #expect(try await found(database, "shop", kind: .published).contains("reserved-shop"))
            #expect(try await found(database, "shop", kind: .reserved).isEmpty)
        },
        Check("finds in the indexes of the query alone, and only what its reader may know of") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            try await database.publish(sample("shop"))
            try await database.publish(sample("shop", index: other))
            try await database.publish(sample("shop-secret", summary: "shop", index: other))
            #expect(try await found(database, "shop") == ["shop"])
            #expect(try await found(database, "shop", in: [.main, other]) == ["shop", "shop", "shop-secret"])
            #expect(try await found(database, "shop", in: []).isEmpty)
            #expect(try await found(database, "shop", in: [try Sample.index("absent")]).isEmpty)
            let secret = try Sample.name("shop-secret")
            for text in ["shop", "shop-secret", "secret", "shop secre", "", "shop-secrte"] {
                let query = ProjectQuery(indexes: [.main, other], text: text)
                let found = try await database.find(query) { _, name in name != secret }
                #expect(!found.projects.contains { $0.summary.name == secret }, "\(text)")
                #expect(found.count == found.projects.count, "\(text)")
            }
        },
    ]

    // MARK: Describing

    private static let describingChecks: [Check] = [
        Check("describes by the standing release, and says what is not described as it is") { database in
            try await database.declareIndexes([.main])
            try await database.publish(sample("shop", "1.0", keywords: ["old"], requirements: ["first"]))
            try await database.publish(
                sample("shop", "2.0", keywords: ["new"], requirements: ["second>=1; extra == 'x'"]))
            #expect(try await database.undescribedProjects(limit: 10).isEmpty)
            #expect(try await found(database, "new") == ["shop"])
            #expect(try await found(database, "old").isEmpty)
            func dependents(_ name: String) async throws -> [Dependent] {
                try await database.dependents(of: try Sample.name(name), in: [.main], after: nil, limit: 10)
            }
            #expect(try await dependents("first").isEmpty)
            #expect(try await dependents("second").map(\.requirement) == ["second>=1; extra == 'x'"])
            #expect(try await dependents("second").map(\.isOptional) == [true])

            let two = FileTarget(
                index: .main, project: try Sample.name("shop"),
                selection: .release(try #require(Version("2.0"))))
            _ = try await database.setYanked(.yes(reason: nil), two, by: Sample.author())
            #expect(try await dependents("second").isEmpty)
            #expect(try await found(database, "new").isEmpty)
            let pending = try await database.undescribedProjects(limit: 10)
            #expect(pending.map(\.metadata?.digest) == [Sample.digest("metadata of shop 1.0")])
            let excerpt = sample("shop", "1.0", keywords: ["old"], requirements: ["first"]).excerpt
            try await database.describe(pending.map { ProjectDescription(project: $0, excerpt: excerpt) })
            #expect(try await database.undescribedProjects(limit: 10).isEmpty)
            #expect(try await found(database, "old") == ["shop"])
            #expect(try await dependents("first").map(\.version) == ["1.0"])

            // What was read before another change is not written.
            _ = try await database.setYanked(.no, two, by: Sample.author())
            try await database.describe(pending.map { ProjectDescription(project: $0, excerpt: excerpt) })
            #expect(try await found(database, "old").isEmpty)
            #expect(try await database.undescribedProjects(limit: 10).count == 1)
        },
        Check("describes what a publish does not settle, and what a rebuild has made again") { database in
            try await database.declareIndexes([.main])
            let sample = sample("shop", keywords: ["word"])
            try await database.publish(sample.with { $0.excerpt = nil })
            try await database.publish(SampleFile("bare").with { $0.metadata = nil })
            #expect(try await database.undescribedProjects(limit: 10).count == 1)
            #expect(try await found(database, "shop") == ["shop"])
            func settle() async throws {
                let pending = try await database.undescribedProjects(limit: 10)
                try await database.describe(
                    pending.map { ProjectDescription(project: $0, excerpt: $0.metadata == nil ? nil : sample.excerpt) })
                #expect(try await database.undescribedProjects(limit: 10).isEmpty)
                #expect(try await found(database, "word") == ["shop"])
                #expect(try await found(database, "sohp") == ["shop"])
            }
            try await settle()
            var shelf = ManifestShelf()
            try await shelf.flush(database)
            try await database.rebuild(from: shelf.contents(), now: SampleTime.start)
            #expect(try await found(database, "word").isEmpty)
            try await settle()
            // A project whose core metadata cannot be read is found by its name all the same.
            try await database.publish(SampleFile("broken").with { $0.contents = "b" })
            let pending = try await database.undescribedProjects(limit: 10)
            try await database.describe(pending.map { ProjectDescription(project: $0, excerpt: nil) })
            #expect(try await database.undescribedProjects(limit: 10).isEmpty)
            #expect(try await found(database, "broken") == ["broken"])
        },
    ]

    // MARK: Lists

    private static let listChecks: [Check] = [
        Check("lists who requires a project, by index and name, in parts") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            for name in ["c", "a", "b"] {
                try await database.publish(sample(name, requirements: ["Shared_Thing >= 1", "unshared"]))
            }
            try await database.publish(sample("d", requirements: ["shared.thing"], index: other))
            try await database.cache(sample("cached", requirements: ["shared-thing"]))
            let name = try Sample.name("shared-thing")
            var listed: [String] = []
            var place: DependentPlace?
            while true {
                let part = try await database.dependents(of: name, in: [other, .main], after: place, limit: 2)
                listed += part.map { "\($0.index)/\($0.project)" }
                place = part.last?.place
                guard part.count == 2 else { break }
            }
            #expect(listed == ["main/a", "main/b", "main/c", "main/cached", "other/d"])
            #expect(
                try await database.dependents(of: name, in: [other], after: nil, limit: 9).map(\.displayName) == ["d"])
            #expect(try await database.dependents(of: name, in: [], after: nil, limit: 9).isEmpty)
        },
        Check("lists what was published last, and nothing that is cached") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            func publish(_ name: String, _ version: String, at seconds: Int64, _ index: IndexName = .main) async throws
            {
                try await database.publish(
                    sample(name, version, summary: "s \(version)", index: index).with {
                        $0.at = SampleTime.after(seconds)
                    })
            }
            try await publish("a", "1.0", at: 1)
            try await publish("b", "1.0", at: 2)
            try await publish("c", "1.0", at: 3, other)
            try await publish("a", "2.0", at: 4)
            // Another file of a release makes no other release.
            try await database.publish(
                sample("a", "1.0").with {
                    $0.filename = "a-1.0-py3-none-any.whl"
                    $0.contents = "wheel"
                    $0.at = SampleTime.after(5)
                })
            try await database.cache(sample("cached").with { $0.at = SampleTime.after(6) })
            func releases(_ indexes: [IndexName], limit: Int = 10, before: FeedPlace? = nil) async throws
                -> [NewRelease]
            {
                try await database.newestReleases(in: indexes, before: before, limit: limit)
            }
            let all = try await releases([.main, other])
            #expect(all.map { "\($0.project) \($0.version)" } == ["a 2.0", "c 1.0", "b 1.0", "a 1.0"])
            #expect(all.first?.summary == "s 2.0" && all.first?.publisher == "ada")
            #expect(try await releases([other]).map(\.index) == [other])
            #expect(try await releases([.main, other], limit: 1) == [all[0]])
            #expect(try await releases([.main, other], before: all[1].place) == Array(all[2...]))
            let projects = try await database.newestProjects(in: [.main, other], before: nil, limit: 10)
            #expect(projects.map { "\($0.project) \($0.latestVersion ?? "")" } == ["c 1.0", "b 1.0", "a 2.0"])
            #expect(
                try await database.newestProjects(in: [.main], before: projects[0].place, limit: 1)
                    == [projects[1]])
        },
    ]

    // MARK: Details

    private static let detailChecks: [Check] = [
        Check("says how files were published, which projects are listed, and who people are") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let mark = TokenMark(id: 7, name: "ci")
            try await database.publish(
                sample("shop").with {
                    $0.token = mark
                    $0.tag = "nightly"
                })
            try await database.publish(sample("shop", "2.0"))
            try await database.cache(sample("cached", index: other))
            let name = try Sample.name("shop")
            let published = try await database.publications(of: name, in: .main)
            #expect(published["shop-1.0.tar.gz"] == FilePublication(actor: "ada", token: mark, tag: "nightly"))
            #expect(published["shop-2.0.tar.gz"] == FilePublication(actor: "ada", token: nil, tag: nil))
            #expect(try await database.publications(of: name, in: other).isEmpty)
            let cached = try Sample.name("cached")
            let names = [name, cached, try Sample.name("absent")]
            #expect(try await database.listed(names, in: [.main, other]) == [name: [.main], cached: [other]])
            #expect(try await database.listed(names, in: [.main]) == [name: [.main]])
            #expect(try await database.listed([], in: [.main]).isEmpty)
            try await database.addUser("eve", passwordHash: "$y$", isAdministrator: false, by: Sample.author())
            let eve = try #require(try await database.user(named: "eve"))
            #expect(try await database.userName(ofID: eve.id) == "eve")
            #expect(try await database.userName(ofID: eve.id + 1) == nil)
        }
    ]
}
