import PackagingStandards
import Registry
import Testing

@testable import ServerConfiguration

@Suite("Declared tokens")
struct DeclaredTokensTests {
    private static let hash = String(repeating: "a1", count: 32)
    private static let ada =
        "[users.ada]\npassword_hash = \"$y$j9T$abcdefghijklmnopqrstuv$\(String(repeating: "x", count: 43))\"\n"

    @Test("are read from the file, and the environment overrides their keys")
    func read() throws {
        let text = """
            \(Self.ada)
            [groups]
            owners = ["ada"]
            [grants]
            add = ["write service:Deploy --project acme-*"]
            [index.main]
            [index.team]

            [tokens.deploy]
            service = "deploy"
            hash = "\(Self.hash)"
            rights = ["read", "write"]
            indexes = ["team", "main"]
            projects = ["Acme_Core"]
            expires = 2027-03-31

            [tokens.hers]
            user = "Ada"
            hash = "\(Self.hash.uppercased().replacing("A", with: "B"))"
            expires = "never"

            [tokens."a.b"]
            group = "owners"
            hash = "\(Self.hash.replacing("a", with: "c"))"
            projects = ["acme-core"]
            expires = "2027-03-31T12:00:00+01:00"
            """
        let declaration = try ServerConfiguration.read(
            text, environment: ["CELLAR_TOKENS_DEPLOY_RIGHTS": "read"]
        ).declaration
        #expect(declaration.tokens.map(\.name) == ["deploy", "hers", "a.b"])
        #expect(declaration.tokens.map(\.owner) == [.service("deploy"), .user("Ada"), .group("owners")])
        #expect(declaration.tokens.map { "\($0.digest)".prefix(2) } == ["a1", "b1", "c1"])
        let acme = try #require(NormalizedName("acme-core"))
        let team = try #require(IndexName("team"))
        #expect(
            declaration.tokens.map(\.scope) == [
                TokenScope(rights: [.read], indexes: [.main, team], projects: [acme]), .everything,
                TokenScope(indexes: [.main], projects: [acme]),
            ])
        #expect(
            declaration.tokens.map { $0.expiresAt?.iso8601.prefix(19) } == [
                "2027-03-31T00:00:00", nil, "2027-03-31T11:00:00",
            ])
        #expect(declaration.grants.map(\.principal) == [.service("Deploy")])
    }

    @Test("are shown without the hash")
    func shown() throws {
        let text = "[tokens.ci]\nservice = \"ci\"\nhash = \"\(Self.hash)\"\nexpires = \"2027-03-31\"\n"
        let shown = try ServerConfiguration.read(text).describe()
        #expect(shown.contains("hash = \"(hidden)\"  # cellar.toml:3\n"))
        #expect(shown.contains("expires = \"2027-03-31\"  # cellar.toml:4\n"))
        #expect(!shown.contains(Self.hash))
    }

    /// What follows a section that is right otherwise, in its place, or before it; and what is said.
    private static let wrong: [(text: String, problem: String)] = [
        ("[tokens.ci]\nHASH\nEND", "cellar.toml:1: tokens.ci needs user, group or service: whose token it is"),
        ("[tokens.ci]\nservice = \"ci\"\nEND", "cellar.toml:1: tokens.ci needs hash or hash_file: `cellar token hash`"),
        (
            "[tokens.ci]\nservice = \"ci\"\nHASH",
            "cellar.toml:1: tokens.ci needs expires: a date such as \"2027-03-31\", or \"never\""
        ),
        (
            "[tokens.ci]\nservice = \"ci\"\ngroup = \"g\"\nHASH\nEND\n[groups]\ng = []",
            "cellar.toml:2: tokens.ci has group and service: a token has one owner"
        ),
        (
            "[tokens.ci]\nuser = \"eve\"\nHASH\nEND",
            "cellar.toml:2: tokens.ci.user names the user \"eve\", whom [users] does not have; declare the user in "
                + "[users.eve], or use `cellar token create`"
        ),
        (
            "[groups]\nowners = []\n[tokens.ci]\ngroup = \"ownesr\"\nHASH\nEND",
            "cellar.toml:4: tokens.ci.group names the group \"ownesr\", which [groups] does not have; did you mean "
                + "group:owners?"
        ),
        ("[tokens.ci]\nservice = \"c i\"\nHASH\nEND", "tokens.ci.service must be the name of a service account"),
        ("[tokens.\"c i\"]\nservice = \"ci\"\nHASH\nEND", "tokens.c i: the name of a token has ASCII letters"),
        (
            "[tokens.ci]\nservice = \"ci\"\nhash = \"SECRET\"\nEND",
            "cellar.toml:3: tokens.ci.hash must be the hash of a token, not the token itself: `cellar token hash`"
        ),
        (
            "[tokens.ci]\nservice = \"ci\"\nhash = \"a1\"\nEND",
            "cellar.toml:3: tokens.ci.hash must be the hash of a token, 64 hexadecimal digits"
        ),
        ("[tokens.ci]\nservice = \"ci\"\nhash_file = \"/nowhere\"\nEND", "tokens.ci.hash_file: \"/nowhere\" can't be"),
        (
            "[tokens.ci]\nservice = \"ci\"\nHASH\nexpires = \"tomorrow\"",
            "cellar.toml:4: tokens.ci.expires must be a date such as"
        ),
        ("[tokens.ci]\nservice = \"ci\"\nHASH\nexpires = false", "\"never\" stands for a token that does not end"),
        (
            "[tokens.ci]\nservice = \"ci\"\nHASH\nEND\nrights = [\"raed\"]",
            "cellar.toml:5: tokens.ci.rights item 1 \"raed\" is no right; did you mean \"read\"?"
        ),
        (
            "[tokens.ci]\nservice = \"ci\"\nHASH\nEND\nrights = []",
            "cellar.toml:5: tokens.ci.rights is empty, so that the token may do nothing"
        ),
        (
            "[tokens.ci]\nservice = \"ci\"\nHASH\nEND\nindexes = [\n\"main\",\n\"man\"]",
            "cellar.toml:7: tokens.ci.indexes item 2 names the index \"man\", which the server does not have; did you mean"
        ),
        (
            "[index.team]\n[tokens.ci]\nservice = \"ci\"\nHASH\nEND\nprojects = [\"a\"]",
            "cellar.toml:6: tokens.ci.projects means those of the index main, which the server does not have"
        ),
        ("[tokens.ci]\nservice = \"ci\"\nHASH\nEND\nprojects = [\"-\"]", "item 1 must be the name of a project"),
        (
            "[tokens.ci]\nservice = \"ci\"\nHASH\nEND\n[tokens.cd]\nservice = \"ci\"\nHASH\nEND",
            "cellar.toml:5: tokens.cd and tokens.ci have one hash: each needs a token of its own"
        ),
        ("[tokens.ci]\nservise = \"ci\"\nHASH\nEND", "did you mean tokens.ci.service?"),
        ("[tokens]\nci = \"x\"", "tokens.ci is a section: write [tokens.ci], and its keys below it"),
        (
            "[grants]\nadd = [\"read service:dc\"]\n[tokens.ci]\nservice = \"cd\"\nHASH\nEND",
            "cellar.toml:2: grants.add item 1 names the service account \"dc\", which owns no token of [tokens]; did you mean"
        ),
    ]

    @Test("that cannot be meant stop the start with the line and what was meant", arguments: wrong)
    func refused(text: String, problem: String) {
        var random = SystemRandomNumberGenerator()
        let secret = TokenText(using: &random).reveal()
        let whole = text.replacing("HASH", with: "hash = \"\(Self.hash)\"").replacing(
            "END", with: "expires = \"never\""
        )
        .replacing("SECRET", with: secret)
        let found = problems(whole)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
        #expect(!found.contains { $0.contains(secret) || $0.contains(Self.hash) })
    }

    @Test("may have ended, since a server must start a year later, too")
    func ended() {
        let text = "[tokens.ci]\nservice = \"ci\"\nhash = \"\(Self.hash)\"\nexpires = 2020-01-01\n"
        #expect(problems(text).isEmpty)
    }

    @Test("are at most so many of one owner, and name at most so much")
    func tooMany() {
        func section(_ number: Int, _ owner: String) -> String {
            let digits = String(number, radix: 16)
            let hash = String(repeating: "0", count: 64 - digits.count) + digits
            return "[tokens.t\(number)]\nservice = \"\(owner)\"\nhash = \"\(hash)\"\nexpires = \"never\"\n"
        }
        let many = (0...500).map { section($0, $0.isMultiple(of: 2) ? "ci" : "CI") }.joined()
        #expect(problems(many).map { $0.contains("has more than 500 tokens") } == [true])
        let names = (0...100).map { "\"p\($0)\"" }.joined(separator: ", ")
        let found = problems(section(1, "ci") + "projects = [\(names)]\n")
        #expect(found.map { $0.contains("tokens.t1.projects has more than 100 names") } == [true])
    }
}
