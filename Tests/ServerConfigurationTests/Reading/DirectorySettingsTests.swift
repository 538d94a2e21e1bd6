import Testing

@testable import ServerConfiguration

@Suite("[ldap]")
struct DirectorySettingsTests {
    private static let least = """
        [ldap]
        urls = ["ldaps://LDAP.example.com", "ldap://[::1]:1389/"]
        user_search_base = "ou=people,dc=example,dc=org"

        """

    @Test("has defaults that suit OpenLDAP; without servers there is no directory")
    func defaults() throws {
        let directory = try #require(try ServerConfiguration.read(Self.least).directory)
        #expect(directory.servers.map(\.description) == ["ldaps://ldap.example.com:636", "ldap://[::1]:1389"])
        #expect(directory.people == .search(base: "ou=people,dc=example,dc=org", filter: "(uid={username})"))
        #expect(directory.groups == .attribute("memberOf"))
        #expect(directory.administrators == .undecided)
        #expect(directory.service == nil)
        #expect(!directory.followsReferrals)
        #expect(directory.trustTime == .seconds(86_400))
        #expect(try ServerConfiguration.read("").directory == nil)
    }

    @Test("sends passwords without encryption only on this machine, or if that is wanted")
    func encryption() throws {
        func starts(_ more: String, _ url: String) throws -> Bool? {
            let text = "[ldap]\nurls = [\"\(url)\"]\nuser_search_base = \"dc=a\"\n\(more)"
            let directory = try ServerConfiguration.read(text).directory
            return directory.map { $0.startsTLS($0.servers[0]) }
        }
        #expect(try starts("", "ldap://ldap.example.com") == true)
        #expect(try starts("", "ldap://127.0.0.1") == false)
        #expect(try starts("start_tls = true\n", "ldap://127.0.0.1") == true)
        #expect(try starts("allow_plain_text = true\n", "ldap://ldap.example.com") == false)
        #expect(try starts("allow_plain_text = true\nstart_tls = true\n", "ldap://ldap.example.com") == true)
        #expect(try starts("", "ldaps://ldap.example.com") == false)
        let refused = "[ldap]\nurls = [\"ldap://a.example\"]\nuser_search_base = \"dc=a\"\nstart_tls = false\n"
        #expect(problems(refused).count == 1)
    }

    @Test("reads people, groups and administrators in each way")
    func ways() throws {
        let text = """
            [ldap]
            urls = ["ldaps://a.example"]
            user_dn_format = "uid={username},dc=a"
            groups = "search"
            group_search_base = "ou=groups,dc=a"
            group_filter = "(memberUid={username})"
            admin_field = "employeeType"
            admin_value = "admin"
            referrals = "follow"
            """
        let directory = try #require(try ServerConfiguration.read(text).directory)
        #expect(directory.people == .format("uid={username},dc=a"))
        #expect(
            directory.groups == .search(base: "ou=groups,dc=a", filter: "(memberUid={username})", name: "cn"))
        #expect(directory.administrators == .field("employeeType", value: "admin"))
        #expect(directory.followsReferrals)
        let service = Self.least + "bind_dn = \"cn=reader\"\nbind_password = \"secret\"\nadmin_group = \"admins\"\n"
        let configuration = try ServerConfiguration.read(service)
        #expect(configuration.directory?.service?.password.reveal() == "secret")
        #expect(configuration.directory?.administrators == .group("admins"))
        #expect(!configuration.describe().contains("\"secret\""))
    }

    @Test(
        "that contradicts itself stops the start",
        arguments: [
            ("bind_dn = \"cn=reader\"", "ldap.bind_dn needs ldap.bind_password"),
            ("bind_password = \"secret\"", "ldap.bind_password needs ldap.bind_dn"),
            ("user_dn_format = \"uid={username},dc=a\"", "not both"),
            ("user_filter = \"(uid=alice)\"", "ldap.user_filter must be a filter in brackets"),
            ("user_filter = \"uid={username}\"", "ldap.user_filter must be a filter in brackets"),
            ("user_filter = \"(uid={username}))\"", "ldap.user_filter must be a filter in brackets"),
            ("user_filter = \"(uid={username})(cn=a)\"", "ldap.user_filter must be a filter in brackets"),
            ("id_attribute = \"a b\"", "the name of an attribute"),
            ("groups = \"search\"", "needs ldap.group_search_base"),
            ("group_search_base = \"dc=a\"", "needs ldap.groups = \"search\""),
            ("admin_field = \"a\"", "needs ldap.admin_value"), ("admin_value = \"a\"", "needs ldap.admin_field"),
            ("groups = \"none\"\nadmin_group = \"a\"", "ldap.admin_group needs the groups of people"),
            ("recheck = \"2d\"\n", "ldap.recheck must be"), ("recheck = \"24h\"\n", "shorter than ldap.trust_time"),
            ("cache_time = \"1h\"\ntrust_time = \"10m\"\n", "must not be longer"),
            ("ca_file = \"/nonexistent\"", "can't be read"),
        ])
    func contradictions(_ line: String, _ problem: String) {
        let found = problems(Self.least + line + "\n")
        #expect(found.contains { $0.contains(problem) }, "\(found)")
    }

    @Test("refuses what is no address, and keys without any server")
    func addresses() {
        for url in ["http://a", "ldap://", "ldap://a/dc=b", "ldap://u:p@a", "ldapi:///", "ldap://a:99999"] {
            let found = problems("[ldap]\nurls = [\"\(url)\"]\nuser_search_base = \"dc=a\"\n")
            #expect(found.contains { $0.contains("an address such as") }, "\(url): \(found)")
        }
        #expect(problems("[ldap]\nuser_search_base = \"dc=a\"\n").first?.contains("needs ldap.urls") == true)
        let nobody = problems("[ldap]\nurls = [\"ldaps://a\"]\n")
        #expect(nobody.first?.contains("needs ldap.user_search_base or ldap.user_dn_format") == true)
    }
}
