import PackagingStandards
import Registry
import Testing

@testable import ServerConfiguration

@Suite("Publishers in a configuration")
struct DeclaredPublishersTests {
    private static let start = """
        [server]
        audience = "x"
        [issuer.github]
        [issuer.cluster]
        url = "https://cluster.example.com"
        [publishers]

        """

    @Test("are the words of the command")
    func reading() throws {
        let configuration = try ServerConfiguration.read(
            Self.start + """
                add = [
                    "github --repository acme/widget --workflow=release.yml --project acme-widget --owner-id 7",
                    "github --right read --owner acme",
                    "cluster --claim sub=system:* --claim x=y --project acme-*",
                ]
                """)
        let publishers = configuration.declaration.publishers
        #expect(
            publishers.map { "\($0.place)" } == [
                "write acme-widget in the index main", "read in the index main", "write acme-* in the index main",
            ])
        #expect(publishers[0].description.fields == [.repository: "acme/widget", .workflow: "release.yml"])
        #expect(publishers.map(\.ownerID) == ["7", nil, nil])
        #expect(publishers[1].description.fields == [.owner: "acme"])
        #expect(publishers[2].description.claims == ["sub": TextPattern("system:*"), "x": .exactly("y")])
        #expect(publishers[2].description.issuer == "https://cluster.example.com")
    }

    @Test(
        "that cannot be are told",
        arguments: [
            ("", "it begins with the name of an issuer"),
            ("--project x", "it begins with the name of an issuer"),
            ("github --projekt x", "did you mean --project?"),
            ("github --project", "a value must follow --project"),
            ("github --project x --project y", "--project is there twice"),
            ("github --repository acme/widget --workflow r.yml", "--project is missing"),
            ("github --project x --right own", "--right is write or read"),
            ("github --project -x-", "is neither the name of a project"),
            ("github --project x --claim y", "write each claim once"),
            ("gitlab --project x", "names the issuer \"gitlab\", which the file does not have: there are"),
            ("github --project x", "repository must be given"),
            ("github --right read --owner acme --index nix", "names the index \"nix\", which the server does not have"),
            ("cluster --claim a=b --project x --owner-id 7", "owner_id means nothing"),
        ])
    func refusals(words: String, message: String) throws {
        let error = #expect(throws: ConfigurationErrors.self) {
            try ServerConfiguration.read(Self.start + "add = [\"\(words)\"]")
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("cellar.toml:7: publishers.add") == true, "\(error?.description ?? "")")
    }

    @Test("are there once")
    func once() throws {
        let words = "\"github --right read --owner acme\""
        let error = #expect(throws: ConfigurationErrors.self) {
            try ServerConfiguration.read(Self.start + "add = [\(words), \(words)]")
        }
        #expect(error?.description.contains("item 2 says the same as another item") == true)
    }
}
