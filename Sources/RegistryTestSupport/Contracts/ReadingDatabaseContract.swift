import PackagingStandards
public import Registry
import Testing

/// What every `ReadingDatabase` must do, as checks that each implementation's tests run; see `DatabaseContract`.
public enum ReadingDatabaseContract {
    /// The role, and the roles that its checks need beside it.
    public typealias Subject = any ReadingDatabase & PublishingDatabase & ManagingDatabase & InstallationDatabase

    typealias Check = DatabaseCheck<Subject>

    /// Everything that must hold.
    public static let checks: [DatabaseCheck<Subject>] = readingChecks + searchingChecks

    private static let readingChecks: [Check] = [
        Check("lists projects by the bytes of their names, also those with no file left") { database in
            try await database.declareIndexes([.main])
            for name in ["zebra", "a-b", "a0", "aa"] { try await database.publish(SampleFile(name)) }
            let target = FileTarget(
                index: .main, project: try Sample.name("zebra"), selection: .release(try Sample.version("1.0")))
            _ = try await database.delete(target, by: Sample.author())
            let listing = try await database.projects(in: .main)
            #expect(listing.names.map(\.description) == ["a-b", "a0", "aa", "zebra"])
            #expect(listing.serial == 5)
            #expect(listing.projects.map(\.serial) == [2, 3, 4, 5])
            #expect(try await database.filenames("zebra") == [])
            #expect(try await database.deletedFiles(of: target.project, in: .main) == ["zebra-1.0.tar.gz"])
            #expect(try await database.deletedFiles(of: Sample.name("aa"), in: .main) == [])
        },
        Check("knows nothing of indexes and projects that are not there") { database in
            try await database.declareIndexes([.main])
            let other = try Sample.index("other")
            #expect(try await database.projects(in: other).names.isEmpty)
            #expect(try await database.project(Sample.name("sample"), in: other) == nil)
            #expect(try await database.project(Sample.name("sample"), in: .main) == nil)
            #expect(try await database.listedProject(Sample.name("sample"), in: other) == nil)
            #expect(try await database.listedProject(Sample.name("sample"), in: .main) == nil)
            #expect(try await database.file(at: SampleFile().address(), now: SampleTime.start) == nil)
        },
        Check("orders files by the precedence of their versions, then by their names") { database in
            try await database.declareIndexes([.main])
            let versions = [
                "1!0.1", "10", "2.0", "2.0rc1", "2.0.dev3", "2.0.post1", "1.0+local.2", "1.0", "1.0+local.10", "1.0a2",
                "1.0+abc",
            ]
            for version in versions {
                try await database.publish(SampleFile("order", version).with { $0.contents = version })
            }
            try await database.publish(
                SampleFile("order", "2.0").with {
                    $0.filename = "order-2.0-py3-none-any.whl"
                    $0.contents = "wheel"
                })
            let files = try #require(try await database.project(Sample.name("order"), in: .main)?.files)
            #expect(
                files.map(\.version) == [
                    "1.0a2", "1.0", "1.0+abc", "1.0+local.2", "1.0+local.10", "2.0.dev3", "2.0rc1", "2.0", "2.0",
                    "2.0.post1", "10", "1!0.1",
                ])
            #expect(files[7].filename == "order-2.0-py3-none-any.whl")
        },
        Check("lists for pages the same projects and files, with the same values") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let name = try Sample.name("listed")
            for (number, version) in ["1.0", "2.0rc1", "3", "10", "10.0.post1", "20"].enumerated() {
                let sample = SampleFile("listed", version).with {
                    $0.contents = version
                    $0.metadata = number == 1 ? nil : "metadata of \(version)"
                    $0.at = SampleTime.after(Int64(number))
                }
                try await database.publish(sample)
                try await database.publish(
                    sample.with {
                        $0.filename = "listed-\(version)-py3-none-any.whl"
                        $0.contents += "wheel"
                    })
                try await database.publish(sample.with { $0.index = other })
            }
            // The same release, spelt in another way; one whose files are gone; and one with each kind of yank.
            try await database.publish(
                SampleFile("listed", "3.0").with {
                    $0.filename = "listed-3.0-py2-none-any.whl"
                    $0.contents = "another spelling"
                })
            func release(_ version: String) throws -> FileTarget {
                FileTarget(index: .main, project: name, selection: .release(try Sample.version(version)))
            }
            _ = try await database.delete(release("10"), by: Sample.author())
            _ = try await database.setYanked(.yes(reason: nil), release("1.0"), by: Sample.author())
            _ = try await database.setYanked(.yes(reason: "it \"breaks\""), release("20"), by: Sample.author())
            #expect(try await database.setStatus(.archived, reason: "done", of: name, in: .main, by: Sample.author()))

            for index in [IndexName.main, other] {
                let whole = try #require(try await database.project(name, in: index))
                let listed = try #require(try await database.listedProject(name, in: index))
                #expect(listed.name == whole.name)
                #expect(listed.origin == whole.origin)
                #expect(listed.status == whole.status)
                #expect(listed.statusReason == whole.statusReason)
                #expect(listed.serial == whole.serial)
                #expect(
                    listed.files
                        == whole.files.map {
                            HeldFile(
                                filename: $0.filename, version: $0.version, sha256: $0.digests.sha256, size: $0.size,
                                metadataDigest: $0.metadataDigest, requiresPython: $0.requiresPython,
                                uploadTime: $0.uploadedAt, yanked: $0.yanked, hasProvenance: $0.hasProvenance)
                        })
            }
            let versions = try await database.listedProject(name, in: .main)?.files.map(\.version)
            #expect(
                versions == [
                    "1.0", "1.0", "2.0rc1", "2.0rc1", "3", "3", "3", "10.0.post1", "10.0.post1", "20", "20",
                ])
        },
        Check("shows the provenance of listed files whose attestations were verified, and of no others") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let name = try Sample.name("sample")
            let texts = ["1.0": "{}", "2.0": "[{}]", "3.0": nil, "4.0": #"{"a":1}"#]
            for (version, text) in texts {
                try await database.publish(
                    SampleFile("Sample", version).with {
                        $0.contents = version
                        $0.attestations = text
                    })
            }
            func provenance(_ version: String, in index: IndexName = .main) async throws -> String? {
                try await database.provenance(of: "sample-\(version).tar.gz", project: name, in: index)
            }
            func attested() async throws -> [String] {
                let files = try await database.project(name, in: .main)?.files ?? []
                let listed = try await database.listedProject(name, in: .main)?.files ?? []
                #expect(files.map(\.hasProvenance) == listed.map(\.hasProvenance))
                return files.filter(\.hasProvenance).map(\.version)
            }
            for version in ["1.0", "2.0", "3.0", "4.0", "5.0"] {
                let text = texts[version] ?? nil
                #expect(try await provenance(version) == (text?.hasPrefix("{") == true ? text : nil), "\(version)")
                #expect(try await provenance(version, in: other) == nil)
            }
            let unknown = try Sample.name("unknown")
            #expect(try await database.provenance(of: "sample-1.0.tar.gz", project: unknown, in: .main) == nil)
            #expect(try await attested() == ["1.0", "4.0"])

            // Other bytes have what came with them; what is gone has none.
            try await database.publish(SampleFile("Sample", "1.0").with { $0.contents = "new" }, overwriting: true)
            _ = try await database.delete(
                FileTarget(index: .main, project: name, selection: .file("sample-4.0.tar.gz")), by: Sample.author())
            #expect(try await attested() == [])
            for version in texts.keys { #expect(try await provenance(version) == nil) }
        },
        Check("finds a file only at its own address in its own index") { database in
            let other = try Sample.index("other")
            try await database.declareIndexes([.main, other])
            let sample = SampleFile()
            try await database.publish(sample)
            let found = try #require(try await database.file(at: sample.address(), now: SampleTime.start))
            #expect(found.project.description == "sample")
            #expect(found.status == .active)
            #expect(found.metadataDigest == Sample.digest("metadata"))
            #expect(found.metadataSize == 8)
            for wrong in [
                sample.with { $0.index = other }, sample.with { $0.contents = "other" },
                sample.with { $0.version = "1.1" },
            ] {
                #expect(try await database.file(at: wrong.address(), now: SampleTime.start) == nil)
            }
        },
    ]

    private static func publishCatalogue(_ database: Subject) async throws {
        try await database.declareIndexes([.main, Sample.index("other")])
        for (project, summary) in [
            ("http", "Requests for people"), ("http-client", "A client"), ("my.HTTP_server", "Serves"),
            ("zeta", "Speaks HTTP and Größe"),
        ] {
            try await database.publish(SampleFile(project).with { $0.summary = summary })
        }
    }

    private static func names(
        _ database: Subject, _ text: String, limit: Int = 10, offset: Int = 0
    ) async throws -> [String] {
        try await database.search(ProjectSearch(index: .main, text: text, limit: limit, offset: offset))
            .map(\.name.description)
    }

    /// Returns the version that a search shows of the only project.
    private static func latestVersion(_ database: Subject) async throws -> String? {
        let found = try await database.search(ProjectSearch(index: .main, text: "", limit: 1, offset: 0))
        return found.first?.latestVersion
    }

    private static let searchingChecks: [Check] = [
        Check("finds the exact name, names that begin, names that contain, then summaries") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "HTTP") == ["http", "http-client", "my-http-server", "zeta"])
            #expect(try await names(database, "http", limit: 2, offset: 1) == ["http-client", "my-http-server"])
        },
        Check("finds names however their separators are written") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "my_http.server") == ["my-http-server"])
        },
        Check("finds summaries in any script, without case") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "GRÖSSE").isEmpty)
            #expect(try await names(database, "gröẞe") == ["zeta"])
            #expect(try await names(database, "for people") == ["http"])
        },
        Check("finds names by their beginning with one or two characters") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "h") == ["http", "http-client"])
            #expect(try await names(database, "z") == ["zeta"])
            #expect(try await names(database, "é").isEmpty)
        },
        Check("lists every project for an empty text, a page at a time") { database in
            try await publishCatalogue(database)
            #expect(try await names(database, "", limit: 3) == ["http", "http-client", "my-http-server"])
            #expect(try await names(database, "", limit: 3, offset: 3) == ["zeta"])
            #expect(try await names(database, "", limit: 0).isEmpty)
        },
        Check("takes every character for itself") { database in
            try await publishCatalogue(database)
            for text in ["%", "_%_", "' OR 1=1 --", "http%", "\\", "\u{0}", "ht\u{0}tp", "\u{10FFFF}"] {
                #expect(try await names(database, text).isEmpty, "\(text.debugDescription)")
            }
        },
        Check("shows the last final version that is not yanked, as the JSON API does, else the last") { database in
            try await database.declareIndexes([.main])
            for (version, expected) in [("2.0rc1", "2.0rc1"), ("1.0", "1.0"), ("3.0.dev1", "1.0"), ("1.10", "1.10")] {
                try await database.publish(SampleFile("sample", version))
                #expect(try await latestVersion(database) == expected)
            }
            let name = try Sample.name("sample")
            func yank(_ version: String) async throws {
                let target = FileTarget(
                    index: .main, project: name, selection: .release(try Sample.version(version)))
                _ = try await database.setYanked(.yes(reason: nil), target, by: Sample.author())
            }
            for (version, expected) in [
                ("1.10", "1.0"), ("1.0", "3.0.dev1"), ("3.0.dev1", "2.0rc1"), ("2.0rc1", "3.0.dev1"),
            ] {
                try await yank(version)
                #expect(try await latestVersion(database) == expected)
            }
        },
        Check("shows the last version and its summary, as they are after every change") { database in
            try await publishCatalogue(database)
            try await database.publish(SampleFile("http", "2.0").with { $0.summary = "Brand new words" })
            let found = try await database.search(ProjectSearch(index: .main, text: "brand", limit: 5, offset: 0))
            let http = try #require(found.first)
            #expect(http.latestVersion == "2.0")
            #expect(http.summary == "Brand new words")
            #expect(http.serial == 5)
            #expect(try await names(database, "requests for").isEmpty)

            let name = try Sample.name("http")
            _ = try await database.delete(
                FileTarget(index: .main, project: name, selection: .release(Sample.version("2"))),
                by: Sample.author())
            #expect(try await names(database, "requests for") == ["http"])
            #expect(try await names(database, "brand").isEmpty)
            _ = try await database.delete(
                FileTarget(index: .main, project: name, selection: .release(Sample.version("1"))),
                by: Sample.author())
            let empty = try await database.search(ProjectSearch(index: .main, text: "http", limit: 1, offset: 0))
            #expect(empty.first?.latestVersion == nil)
            #expect(empty.first?.summary == nil)
        },
        Check("finds nothing of another index") { database in
            try await publishCatalogue(database)
            let other = ProjectSearch(index: try Sample.index("other"), text: "http", limit: 5, offset: 0)
            #expect(try await database.search(other).isEmpty)
        },
    ]
}
