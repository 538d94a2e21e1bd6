import PackagingStandards
import Registry
import Testing

@testable import ServerConfiguration

@Suite("Upstreams in a configuration")
struct UpstreamSettingsTests {
    @Test("pypi is there without being written, with the address of PyPI")
    func implied() throws {
        let upstream = try #require(try ServerConfiguration.read("").upstreams.first)
        #expect(upstream.url == "https://pypi.org/simple/")
        #expect(upstream.pages == UpstreamSettings(id: "pypi"))
        #expect(upstream.proxy == nil)
        #expect(upstream.authoritiesFile == nil)
        #expect(upstream.connectTimeout == .seconds(10))
        #expect(upstream.responseTimeout == .seconds(30))
        #expect(upstream.idleTimeout == .seconds(30))
        #expect(upstream.retries == 2)
        #expect(upstream.maxPageSize == 64 << 20)
        #expect(upstream.maxPageFiles == 200_000)
        #expect(upstream.allowedHosts.isEmpty)
        guard case .none = upstream.credentials else {
            Issue.record("credentials without being written")
            return
        }
    }

    @Test("pypi keeps its address if only other keys of it are written")
    func partlyWritten() throws {
        let upstreams = try ServerConfiguration.read("[upstream.pypi]\nretries = 0").upstreams
        #expect(upstreams.map(\.url) == ["https://pypi.org/simple/"])
        #expect(upstreams.map(\.retries) == [0])
    }

    @Test("Every key of an upstream can be written")
    func everyKey() throws {
        let configuration = try ServerConfiguration.read(
            """
            [index.main]
            upstreams = ["corp"]
            [upstream.corp]
            url = "HTTPS://PyPI.corp.example:8443/Api/simple"
            username = "cellar@corp"
            password = "p:ss word"
            authorities_file = "/dev/null"
            proxy = "http://me:secret@127.0.0.1:3128/"
            connect_timeout = "3s"
            response_timeout = "1m"
            idle_timeout = "2min"
            retries = 5
            max_page_size = "1MiB"
            max_page_files = 1000
            allow_hosts = ["Files.corp.example", "10.0.0.7", "fd00::1"]
            absent_statuses = [403]
            min_fresh = "1h"
            max_stale = "7d"
            unknown_for = "0s"
            """)
        let upstream = try #require(configuration.upstreams.first)
        #expect(configuration.upstreams.count == 2)
        #expect(upstream.url == "https://pypi.corp.example:8443/Api/simple/")
        guard case .basic(let user, let password) = upstream.credentials else {
            Issue.record("no credentials")
            return
        }
        #expect(user == "cellar@corp")
        #expect(password.reveal() == "p:ss word")
        #expect(upstream.authoritiesFile == "/dev/null")
        #expect(upstream.proxy?.url.reveal() == "http://me:secret@127.0.0.1:3128")
        #expect(upstream.proxy?.description == "http://(hidden)@127.0.0.1:3128")
        #expect(upstream.connectTimeout == .seconds(3))
        #expect(upstream.responseTimeout == .seconds(60))
        #expect(upstream.idleTimeout == .seconds(120))
        #expect(upstream.retries == 5)
        #expect(upstream.maxPageSize == 1 << 20)
        #expect(upstream.maxPageFiles == 1000)
        #expect(upstream.absentStatuses == [403, 404, 410])
        #expect(upstream.allowedHosts == ["files.corp.example", "10.0.0.7", "fd00::1"])
        #expect(upstream.pages == UpstreamSettings(id: "corp", minFresh: 3600, maxStale: 7 * 86_400, unknownFor: 0))
    }

    @Test("Every upstream key of an index can be written")
    func indexKeys() throws {
        let configuration = try ServerConfiguration.read(
            """
            [index.staging]
            upstreams = ["prod", "pypi"]
            fallback = "mirror"
            mirror_projects = ["Requests", "six"]
            private = ["Acme_*", "internal.tools"]
            cache_update = ["authenticated"]
            cache_quota = "50GiB"
            min_age = "7d"
            before = 2026-11-01
            allow = ["numpy", "Pandas (>=2,<3)"]
            deny = ["litellm>=1.82,<1.83"]
            wheels_only = true
            max_upstream_file_size = "1GiB"
            locked = "allow"
            [index.prod]
            fallback = "none"
            """)
        let index = try #require(configuration.indexes.first)
        #expect(index.upstreams == [.index(try #require(IndexName("prod"))), .remote("pypi")])
        #expect(index.fallback == .mirror)
        #expect(index.mirrored == [try #require(NormalizedName("requests")), try #require(NormalizedName("six"))])
        #expect(index.privateNames.map(\.description) == ["acme-*", "internal-tools"])
        #expect(index.access.cacheUpdate == [.authenticated])
        #expect(index.cacheQuota == 50 << 30)
        let policy = index.policy
        #expect(policy.minAge == 604_800_000_000)
        #expect(policy.before == Timestamp(iso8601: "2026-11-01T00:00:00Z"))
        #expect(policy.allow.map(\.description) == ["numpy", "pandas<3,>=2"])
        #expect(policy.deny.map(\.description) == ["litellm<1.83,>=1.82"])
        #expect(policy.wheelsOnly)
        #expect(policy.maxSize == 1 << 30)
        #expect(policy.locksKept)
        #expect(configuration.indexes.last?.fallback == Fallback.none)
    }

    @Test(
        "A moment may be a TOML date, a time with or without an offset, or a text",
        arguments: [
            ("2026-11-01", "2026-11-01T00:00:00Z"), ("\"2026-11-01\"", "2026-11-01T00:00:00Z"),
            ("2026-11-01T12:30:00Z", "2026-11-01T12:30:00Z"), ("2026-11-01 12:30:00", "2026-11-01T12:30:00Z"),
            ("2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00Z"),
            ("2026-11-01T12:30:00-05:30", "2026-11-01T18:00:00Z"),
            ("2026-11-01T12:30:00.25Z", "2026-11-01T12:30:00.25Z"),
            ("\"2026-11-01T12:30:00+02:00\"", "2026-11-01T10:30:00Z"),
        ])
    func moments(written: String, meant: String) throws {
        let configuration = try ServerConfiguration.read("[index.main]\nbefore = \(written)")
        #expect(configuration.indexes.first?.policy.before == Timestamp(iso8601: meant))
        let again = try ServerConfiguration.read(configuration.describe())
        #expect(again.indexes.first?.policy.before == Timestamp(iso8601: meant))
    }

    @Test("A minimum age of nothing is none, so that the environment can lift the file's")
    func noAge() throws {
        let configuration = try ServerConfiguration.read(
            "[index.main]\nmin_age = \"7d\"", environment: ["CELLAR_INDEX_MAIN_MIN_AGE": "0s"])
        #expect(configuration.indexes.first?.policy.isEmpty == true)
    }

    @Test(
        "What can't be an upstream or a policy is refused with the line and what was meant",
        arguments: [
            (
                "[index.main]\nupstreams = [\"pipy\"]",
                "cellar.toml:2: index.main.upstreams names \"pipy\", for which there is neither [upstream.pipy] nor "
                    + "[index.pipy]: there is only \"pypi\""
            ),
            (
                "[index.main]\nupstreams = [\n\"pypi\",\n\"corporation\"]",
                "cellar.toml:4: index.main.upstreams names \"corporation\", for which there is neither "
                    + "[upstream.corporation] nor [index.corporation]: there is only \"pypi\""
            ),
            (
                "[index.main]\nupstreams = [\"artefactory\"]\n[upstream.artifactory]\nurl = \"https://a.example/\"",
                "cellar.toml:2: index.main.upstreams names \"artefactory\", for which there is neither "
                    + "[upstream.artefactory] nor [index.artefactory]; did you mean \"artifactory\"?"
            ),
            (
                "[index.main]\nupstreams = [\"pypi\", \"pypi\"]",
                "cellar.toml:2: index.main.upstreams has \"pypi\" twice"
            ),
            (
                "[index.main]\nupstreams = [\"PyPI\"]",
                "cellar.toml:2: index.main.upstreams item 1 must be the name of an upstream or an index, not \"PyPI\""
            ),
            (
                "[index.main]\nupstreams = [\"main\"]",
                "cellar.toml:2: index.main.upstreams leads in a circle: main → main"
            ),
            (
                "[index.prod]\nupstreams = [\"staging\"]\n[index.staging]\nupstreams = [\"pypi\", \"prod\"]",
                "cellar.toml:4: index.staging.upstreams leads in a circle: prod → staging → prod"
            ),
            (
                "[upstream.main]\nurl = \"https://a.example/\"",
                "cellar.toml:1: there are [upstream.main] and [index.main]: a name in upstreams could mean either; give "
                    + "one of them another name"
            ),
            (
                "[upstream.Corp]\nurl = \"https://a.example/\"",
                "cellar.toml:1: the name of an upstream has lowercase ASCII letters, digits and -, begins with a letter "
                    + "or digit, and has 64 characters at most; \"Corp\" does not"
            ),
            (
                "[upstream.corp]",
                "cellar.toml:1: upstream.corp needs url, the address of its simple API, such as url = "
                    + "\"https://pypi.org/simple/\""
            ),
            (
                "[upstream.pypi]\nurl = \"pypi.org\"",
                "cellar.toml:2: upstream.pypi.url must be the http or https address of a simple API such as "
                    + "\"https://pypi.org/simple/\", not \"pypi.org\""
            ),
            (
                "[upstream.pypi]\nurl = \"ftp://pypi.org/simple/\"",
                "cellar.toml:2: upstream.pypi.url must be the http or https address of a simple API such as "
                    + "\"https://pypi.org/simple/\", not \"ftp://pypi.org/simple/\""
            ),
            (
                "[upstream.pypi]\nurl = \"https://me:hunter2@pypi.org/simple/\"",
                "cellar.toml:2: upstream.pypi.url must not hold a user name or password: write them as username and "
                    + "password_file (or token_file) beside it"
            ),
            (
                "[upstream.pypi]\nusername = \"me\"",
                "cellar.toml:2: upstream.pypi.username needs password_file or password beside it; for a token alone, "
                    + "write token_file"
            ),
            (
                "[upstream.pypi]\npassword = \"hunter2\"",
                "cellar.toml:2: upstream.pypi.password needs username beside it; for a token alone, write token_file"
            ),
            (
                "[upstream.pypi]\nusername = \"me\"\npassword = \"hunter2\"\ntoken = \"hunter2\"",
                "cellar.toml:4: upstream.pypi: give username and password, or token, not both"
            ),
            (
                "[upstream.pypi]\nusername = \"a:b\"",
                "cellar.toml:2: upstream.pypi.username must be a user name without colon and line end, not \"a:b\""
            ),
            (
                "[upstream.pypi]\nusername = \"me\"\npassword = \"x\"\npassword_file = \"/none\"",
                "cellar.toml:4: give upstream.pypi.password or upstream.pypi.password_file, not both"
            ),
            (
                "[upstream.pypi]\nusername = \"me\"\npassword_file = \"/none\"",
                "cellar.toml:3: upstream.pypi.password_file: \"/none\" can't be used: no such file"
            ),
            (
                "[upstream.pypi]\nauthorities_file = \"/none\"",
                "cellar.toml:2: upstream.pypi.authorities_file: \"/none\" can't be read: no such file"
            ),
            (
                "[upstream.pypi]\nproxy = \"me:hunter2@proxy\"",
                "cellar.toml:2: upstream.pypi.proxy must be an address and a port such as "
                    + "\"http://proxy.example.com:3128\" or \"http://user:password@proxy.example.com:3128\""
            ),
            (
                "[upstream.pypi]\nallow_hosts = [\"https://a.example\"]",
                "cellar.toml:2: upstream.pypi.allow_hosts item 1 must be the name or address of a host, without scheme "
                    + "and port, not \"https://a.example\""
            ),
            (
                "[upstream.pypi]\nabsent_statuses = [404, 401]",
                "cellar.toml:2: upstream.pypi.absent_statuses item 2 must be an HTTP status from 400 to 499 such as 403, "
                    + "and none of 401, 407, 408 and 429, which mean something else"
            ),
            (
                "[upstream.pypi]\nmin_fresh = \"2d\"",
                "cellar.toml:2: upstream.pypi.min_fresh must be from \"0s\" to \"1d\", not \"2d\""
            ),
            (
                "[index.main]\nfallback = \"cachee\"",
                "cellar.toml:2: index.main.fallback must be one of \"none\", \"redirect\", \"cache\", \"mirror\", not "
                    + "\"cachee\"; did you mean \"cache\"?"
            ),
            (
                "[index.main]\nfallback = \"redirect\"\nupstreams = [\"b\"]\n[index.b]\nupstreams = []",
                "cellar.toml:3: index.main.fallback is \"redirect\", but index.main.upstreams leads to no "
                    + "[upstream.<name>] whose pages clients could be sent to"
            ),
            (
                "[index.main]\nmirror_projects = [\"requests\"]",
                "cellar.toml:2: index.main.mirror_projects has a meaning only with fallback = \"mirror\", and "
                    + "index.main.fallback is \"cache\""
            ),
            (
                "[index.main]\nfallback = \"mirror\"\nmirror_projects = [\"six\",\n\"Acme.Tool\"]\n[index.b]\n"
                    + "private = [\"acme-*\"]",
                "cellar.toml:4: index.main.mirror_projects has \"acme-tool\", which is private: index.b.private has "
                    + "\"acme-*\""
            ),
            (
                "[index.main]\nprivate = [\"*\"]",
                "cellar.toml:2: index.main.private item 1 must be a project's name, or the beginning of names and a star "
                    + "such as \"acme-*\", not \"*\""
            ),
            (
                "[index.main]\nbefore = \"November\"",
                "cellar.toml:2: index.main.before must be a date such as 2026-11-01, or a moment such as "
                    + "\"2026-11-01T12:00:00Z\", not \"November\""
            ),
            (
                "[index.main]\nbefore = 12:00:00",
                "cellar.toml:2: index.main.before must be a date such as 2026-11-01, or a moment such as "
                    + "\"2026-11-01T12:00:00Z\", not a time"
            ),
            (
                "[index.main]\nmin_age = 2026-11-01",
                "cellar.toml:2: index.main.min_age must be a duration such as \"30s\", \"5m\", \"24h\" or \"7d\", not a "
                    + "date"
            ),
            (
                "[index.main]\ndeny = [\"litellm>>1\"]",
                "cellar.toml:2: index.main.deny item 1 must be a project's name, with or without versions, such as "
                    + "\"litellm\" or \"litellm>=1.82,<1.83\", not \"litellm>>1\""
            ),
            (
                "[index.main]\ncache_update = [\"group:dev\"]\n[groups]\ndevs = []",
                "cellar.toml:2: index.main.cache_update names the group \"dev\", which [groups] does not have; did you "
                    + "mean group:devs?"
            ),
        ])
    func refusals(text: String, message: String) {
        #expect(problems(text) == [message])
    }

    @Test("A circle through several indexes is reported once, and indexes that only lead to it are not blamed")
    func circles() {
        let found = problems(
            """
            [index.dev]
            upstreams = ["a"]
            [index.a]
            upstreams = ["b"]
            [index.b]
            upstreams = ["c"]
            [index.c]
            upstreams = ["a"]
            """)
        #expect(found == ["cellar.toml:8: index.c.upstreams leads in a circle: a → b → c → a"])
    }

    @Test("Two ways to one index are no circle")
    func diamond() {
        let text = """
            [index.top]
            upstreams = ["left", "right"]
            [index.left]
            upstreams = ["base"]
            [index.right]
            upstreams = ["base"]
            [index.base]
            """
        #expect(problems(text).isEmpty)
    }

    @Test("A redirect may reach its upstream through another index")
    func redirectThroughIndex() {
        #expect(problems("[index.main]\nfallback = \"redirect\"\nupstreams = [\"b\"]\n[index.b]").isEmpty)
    }

    @Test("No password of an address stands in an error about it", arguments: ["url", "proxy"])
    func hidden(key: String) {
        for value in [
            "https://me:hunter2@host/x?y", "me:hunter2@host", "https://me:hunter2@", "http://me:hunter2@host:99999",
            "http://hunter2@host /", "https://host/simple/?token=hunter2",
        ] {
            #expect(!problems("[upstream.pypi]\n\(key) = \(quoted(value))").joined().contains("hunter2"), "\(value)")
        }
    }
}
