import PackagingStandards
import Registry
import Testing

@testable import ServerConfiguration

@Suite("Declared people and grants")
struct DeclaredPeopleTests {
    private static let hash = "$y$j9T$abcdefghijklmnopqrstuv$" + String(repeating: "x", count: 43)

    @Test("are read from the file, and the environment overrides their keys")
    func read() throws {
        let text = """
            [users.ada]
            password_hash = "\(Self.hash)"
            admin = true

            [users."grace@acme.example"]
            password_hash = "$6$rounds=5000$salt$\(String(repeating: "x", count: 86))"

            [groups]
            owners = ["ada"]

            [grants]
            add = [
                "read group:owners --project Acme_Billing",
                "write user:ADA --index=main --project acme-*",
                "admin user:ada", "create authenticated --index main",
            ]
            """
        let declaration = try ServerConfiguration.read(
            text, environment: ["CELLAR_USERS_ADA_ADMIN": "false"]
        ).declaration
        #expect(declaration.people.map(\.name) == ["ada", "grace@acme.example"])
        #expect(declaration.people[0].passwordHash == Self.hash)
        #expect(declaration.people.allSatisfy { !$0.isAdministrator })
        #expect(declaration.groups == ["owners": ["ada"]])
        let billing = try #require(NormalizedName("acme-billing"))
        #expect(
            declaration.grants == [
                DeclaredGrant(.read, to: .group("owners"), on: .projects(.main, .name(billing))),
                DeclaredGrant(.write, to: .user("ADA"), on: .projects(.main, .prefix("acme-"))),
                DeclaredGrant(.administer, to: .user("ada"), on: .server),
                DeclaredGrant(.create, to: .authenticated, on: .index(.main)),
            ])
    }

    @Test("are shown without the hash")
    func shown() throws {
        let text = "[users.\"a@b\"]\npassword_hash = \"\(Self.hash)\"\n[grants]\nadd = [\"read user:a@b\"]\n"
        let configuration = try ServerConfiguration.read(text)
        let shown = configuration.describe()
        #expect(shown.contains("[users.\"a@b\"]\npassword_hash = \"(hidden)\"  # cellar.toml:2\n"))
        #expect(shown.contains("add = [\"read user:a@b\"]  # cellar.toml:4\n"))
        #expect(!"\(configuration.declaration)".contains("$y$"))
    }

    @Test(
        "that cannot be meant stop the start with the line and what was meant",
        arguments: [
            (
                "[users.ada]",
                "cellar.toml:1: users.ada needs password_hash or password_hash_file: `cellar hash-password`"
            ),
            (
                "[users.ada]\npassword_hash = \"secret horse\"",
                "cellar.toml:2: users.ada.password_hash must be the hash of a password, which begins with $y$, $6$, $5$ or"
            ),
            (
                "[users.ada]\npassword_hash = \"$y$j9T$salt$short\"",
                "cellar.toml:2: users.ada.password_hash is not a whole hash"
            ),
            (
                "[users]\nada = \"$y$\"",
                "cellar.toml:2: users.ada is a section: write [users.ada], and its keys below it"
            ),
            ("[users.ada]\npasword_hash = \"x\"", "did you mean users.ada.password_hash?"),
            (
                "[users.\"a:b\"]\npassword_hash = \"HASH\"",
                "cellar.toml:1: users.a:b: the name of a user has ASCII letters"
            ),
            (
                "[users.ada]\npassword_hash = \"HASH\"\n[users.Ada]\npassword_hash = \"HASH\"",
                "cellar.toml:3: users.Ada and users.ada are one user"
            ),
            (
                "[server]\nadmin_password = \"x\"\n[users.admin]\npassword_hash = \"HASH\"",
                "cellar.toml:3: users.admin declares the user that server.admin_password makes"
            ),
            ("[grants]\nadd = [\"read\"]", "it needs a right and a principal"),
            (
                "[grants]\nadd = [\n\"raed everyone\"\n]",
                "cellar.toml:3: grants.add item 1 \"raed everyone\" cannot be used: "
            ),
            ("[grants]\nadd = [\"raed everyone\"]", "\"raed\" is no right; did you mean read?"),
            ("[grants]\nadd = [\"read ada\"]", "\"ada\" is no principal"),
            ("[grants]\nadd = [\"admin everyone\"]", "admin goes to users and groups only"),
            ("[grants]\nadd = [\"read everyone --project\"]", "a name must follow --project"),
            ("[grants]\nadd = [\"read everyone --index a --index b\"]", "--index is there twice"),
            ("[grants]\nadd = [\"read everyone in main\"]", "\"in\" means nothing here"),
            ("[grants]\nadd = [\"read everyone --project a/b\"]", "\"a/b\" is neither the name of a project nor"),
            (
                "[grants]\nadd = [\"read everyone --index man\"]",
                "names the index \"man\", which the server does not have; did"
            ),
            (
                "[grants]\nadd = [\"read user:eve\"]",
                "cellar.toml:2: grants.add item 1 names the user \"eve\", whom [users] does not have; declare the user in"
            ),
            (
                "[grants]\nadd = [\"read group:ownesr\"]\n[groups]\nowners = []",
                "names the group \"ownesr\", which [groups] does not have; did you mean group:owners?"
            ),
            (
                "[grants]\nadd = [\"read everyone\",\n\"read  everyone\"]",
                "cellar.toml:3: grants.add item 2 says the same as item 1"
            ),
        ])
    func refused(text: String, problem: String) {
        let found = problems(text.replacing("HASH", with: Self.hash))
        #expect(found.contains { $0.contains(problem) }, "\(found)")
        #expect(!found.contains { $0.contains("secret horse") })
    }

    @Test("take at most so many grants on one scope")
    func tooMany() {
        let groups = (0...500).map { "g\($0) = []" }.joined(separator: "\n")
        let grants = (0...500).map { "\"read group:g\($0) --project a\"" }.joined(separator: ",\n")
        let found = problems("[groups]\n\(groups)\n[grants]\nadd = [\n\(grants)]\n")
        #expect(found.count == 1)
        #expect(found.first?.contains("has more than 500 grants on a in the index main") == true)
    }
}
