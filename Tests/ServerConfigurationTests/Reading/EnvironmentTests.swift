import PackagingStandards
import Registry
import Testing

@testable import ServerConfiguration

@Suite("The environment")
struct EnvironmentTests {
    @Test("Variables override the file, lists are separated by commas")
    func overrides() throws {
        let configuration = try ServerConfiguration.read(
            "[server]\nlisten = \"127.0.0.1:1\"\nloops = 1\n[index.team-a]\nread = [\"everyone\"]\n[groups]\nDev-s = []",
            environment: [
                "CELLAR_SERVER_LISTEN": "127.0.0.1:9", "CELLAR_SERVER_LOOPS": "3", "CELLAR_SERVER_ACCESS_LOG": "false",
                "CELLAR_INDEX_TEAM_A_READ": "authenticated, user:ada", "CELLAR_INDEX_TEAM_A_DELETE": "",
                "CELLAR_INDEX_TEAM_A_ALLOW_OVERWRITE": "true", "CELLAR_GROUPS_DEV_S": "ada,grace",
                "CELLAR_SERVER_TRUSTED_PROXIES": "10.0.0.0/8", "PATH": "/bin", "CELLAR": "x",
            ])
        #expect(configuration.server.listen.port == 9)
        #expect(configuration.server.loops == 3)
        #expect(!configuration.server.logsAccess)
        #expect(configuration.server.trustedProxies.count == 1)
        #expect(configuration.indexes.first?.access.read == [.authenticated, .user("ada")])
        #expect(configuration.indexes.first?.access.delete == [])
        #expect(configuration.indexes.first?.allowsOverwrite == true)
        #expect(configuration.groups == ["Dev-s": ["ada", "grace"]])
    }

    @Test("Without a file the variables of main are taken")
    func impliedIndex() throws {
        let configuration = try ServerConfiguration.read("", environment: ["CELLAR_INDEX_MAIN_WRITE": "user:ada"])
        #expect(configuration.indexes.first?.access.write == [.user("ada")])
        #expect(configuration.indexes.first?.access.create == [.user("ada")])
    }

    @Test("Every declared key has a variable of its own")
    func names() {
        let names = DeclaredKeys.all.map {
            environmentName(of: $0.path(named: DeclaredKeys.sampleName(inSection: $0.section)))
        }
        #expect(Set(names).count == names.count)
        #expect(names.contains("CELLAR_SERVER_ADMIN_PASSWORD_FILE"))
        #expect(names.contains("CELLAR_INDEX_MAIN_MAX_ARCHIVE_RATIO"))
        #expect(names.contains("CELLAR_UPSTREAM_PYPI_PASSWORD_FILE"))
    }

    @Test("Upstreams, policies and credentials can be overridden; pypi's without a section in the file")
    func upstreams() throws {
        let configuration = try ServerConfiguration.read(
            "[upstream.corp]\nurl = \"https://pypi.corp.example/simple\"\nusername = \"u\"\npassword_file = \"/none\"",
            environment: [
                "CELLAR_INDEX_MAIN_UPSTREAMS": "corp, pypi", "CELLAR_INDEX_MAIN_BEFORE": "2026-11-01",
                "CELLAR_INDEX_MAIN_DENY": "litellm>=1.82,<1.83, evil ,ninja==1,!=1.1",
                "CELLAR_UPSTREAM_CORP_PASSWORD": "hunter2", "CELLAR_UPSTREAM_PYPI_URL": "http://127.0.0.1:9/simple/",
            ])
        let index = try #require(configuration.indexes.first)
        #expect(index.upstreams == [.remote("corp"), .remote("pypi")])
        #expect(index.policy.before?.iso8601 == "2026-11-01T00:00:00.000000Z")
        #expect(index.policy.deny.map(\.description) == ["litellm<1.83,>=1.82", "evil", "ninja!=1.1,==1"])
        #expect(
            configuration.upstreams.map(\.url) == ["https://pypi.corp.example/simple/", "http://127.0.0.1:9/simple/"])
        guard case .basic("u", let password) = configuration.upstreams.first?.credentials else {
            Issue.record("no credentials")
            return
        }
        #expect(password.reveal() == "hunter2")
    }

    @Test("An empty list in the environment leaves an index without upstreams")
    func noUpstreams() throws {
        let configuration = try ServerConfiguration.read("", environment: ["CELLAR_INDEX_MAIN_UPSTREAMS": ""])
        #expect(configuration.indexes.first?.upstreams == [])
    }

    @Test(
        "A variable that sets nothing is refused with what was meant",
        arguments: [
            ("CELLAR_SERVER_LISTN", "there is no such setting; did you mean CELLAR_SERVER_LISTEN?"),
            ("CELLAR_SEVER_LISTEN", "there is no such setting; did you mean CELLAR_SERVER_LISTEN?"),
            (
                "CELLAR_INDEX_OTHERS_READ",
                "there is no such setting: the environment overrides keys of the indexes that the file has (main); it "
                    + "can't add an index"
            ),
            (
                "CELLAR_UPSTREAM_ARTIFACTORY_URL",
                "there is no such setting: the environment overrides keys of the upstreams that the file has (pypi); it "
                    + "can't add an upstream"
            ),
            (
                "CELLAR_GROUPS_OWNERS",
                "there is no such group: the environment overrides groups that the file has; it can't add one"
            ),
            (
                "CELLAR_DATABASE_POOL_OF_CONNECTIONS",
                "there is no such setting: see [database] in the configuration reference"
            ),
        ])
    func unknown(name: String, message: String) {
        #expect(problems("", environment: [name: "x"]) == ["\(name): \(message)"])
    }

    @Test(
        "Variables that are none of ours are left alone",
        arguments: [
            "CELLAR_SERVER_SERVICE_HOST", "CELLAR_SERVER_PORT", "CELLAR_SERVER_PORT_6543_TCP_ADDR", "CELLAR_THINGS",
            "SERVER_LISTEN",
        ])
    func foreign(name: String) {
        #expect(problems("", environment: [name: "tcp://10.0.0.1:6543"]).isEmpty)
    }

    @Test("A variable that two groups share is refused")
    func ambiguous() {
        let found = problems("[groups]\n\"a-b\" = []\na_b = []", environment: ["CELLAR_GROUPS_A_B": "ada"])
        #expect(found == ["CELLAR_GROUPS_A_B: may mean groups.a-b or groups.a_b: write it in the file"])
    }

    @Test("A wrong value in a variable is refused under its name")
    func wrongValues() {
        #expect(
            problems("", environment: ["CELLAR_SERVER_LOOPS": "many"])
                == ["CELLAR_SERVER_LOOPS: server.loops must be a whole number from 1 to 1024, not \"many\""])
    }

    @Test(
        "$PORT in server.listen is the variable PORT, in the file and in the environment",
        arguments: [
            ("0.0.0.0:$PORT", "8080", "0.0.0.0:8080"), ("[::]:$PORT", "1", "[::]:1"),
            ("localhost:$PORT", "65535", "localhost:65535"), ("127.0.0.1:9", "8080", "127.0.0.1:9"),
            ("127.0.0.1:9", "tcp://10.0.0.1:80", "127.0.0.1:9"),
        ])
    func port(listen: String, port: String, address: String) throws {
        let open = "[index.main]\nread = [\"everyone\"]\n"
        let inFile = try ServerConfiguration.read(
            "[server]\nlisten = \"\(listen)\"\n" + open, environment: ["PORT": port])
        #expect(inFile.server.listen.description == address)
        let inEnvironment = try ServerConfiguration.read(
            open, environment: ["PORT": port, "CELLAR_SERVER_LISTEN": listen])
        #expect(inEnvironment.server.listen.description == address)
        #expect(inEnvironment.describe().contains("\"\(address)\""))
    }

    @Test(
        "A PORT that is missing or no port is refused, once",
        arguments: [
            (nil, "which is not set"), ("", "which must be a port from 1 to 65535, not \"\""),
            ("0", "which must be a port from 1 to 65535, not \"0\""),
            ("65536", "which must be a port from 1 to 65535, not \"65536\""),
            ("+80", "which must be a port from 1 to 65535, not \"+80\""),
            ("tcp://10.0.0.1:80", "which must be a port from 1 to 65535, not \"tcp://10.0.0.1:80\""),
        ] as [(String?, String)])
    func wrongPort(port: String?, problem: String) {
        let environment = ["PORT": port].compactMapValues { $0 }
        let expected = "server.listen \"0.0.0.0:$PORT\" takes its port from the variable PORT, \(problem)"
        #expect(
            problems("[server]\nlisten = \"0.0.0.0:$PORT\"", environment: environment) == ["cellar.toml:2: \(expected)"]
        )
        #expect(
            problems("", environment: environment.merging(["CELLAR_SERVER_LISTEN": "0.0.0.0:$PORT"]) { $1 })
                == ["CELLAR_SERVER_LISTEN: \(expected)"])
    }

    @Test(
        "Nothing else stands for a variable",
        arguments: [
            "$HOST:6543", "$HOST:$PORT", "0.0.0.0:${PORT}", "0.0.0.0:$PORT0", "0.0.0.0:8$PORT", "$PORT", "0.0.0.0$PORT",
        ])
    func otherVariables(listen: String) {
        let found = problems("[server]\nlisten = \"\(listen)\"", environment: ["PORT": "8080", "HOST": "127.0.0.1"])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("cellar.toml:2: server.listen must be an address and a port") == true)
        #expect(problems("[server]\nrealm = \"at $PORT\"", environment: ["PORT": "8080"]).isEmpty)
    }
}
