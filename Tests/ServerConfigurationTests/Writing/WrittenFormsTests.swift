import Foundation
import Registry
import Testing

@testable import ServerConfiguration

@Suite("What is written from the table of keys")
struct WrittenFormsTests {
    @Test("docs/configuration.md is the generated page; CELLAR_UPDATE_REFERENCE=1 rewrites it")
    func reference() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/configuration.md").standardized
        if ProcessInfo.processInfo.environment["CELLAR_UPDATE_REFERENCE"] == "1" {
            try Data(ConfigurationReference.page().utf8).write(to: path)
        }
        #expect(try String(contentsOf: path, encoding: .utf8) == ConfigurationReference.page())
    }

    @Test("The table has each key once, and a text for each section and key")
    func table() {
        let names = DeclaredKeys.all.map(\.displayName)
        #expect(Set(names).count == names.count)
        for key in DeclaredKeys.all {
            #expect(DeclaredKeys.sections.contains { $0.pattern == key.section })
            #expect(key.help.hasSuffix("."))
            #expect(key.renderedDefault != nil || key.defaultNote != nil)
        }
    }

    @Test("Every default and every example in the table can be written in the file")
    func examples() throws {
        let postgres = "\nurl = \"postgresql://db/cellar\""
        for key in DeclaredKeys.all where key.name != "spool_dir" {
            for value in [key.renderedDefault, key.example].compactMap({ $0 }) {
                let sample = DeclaredKeys.sampleName(inSection: key.section)
                let section = key.section.map { $0 == "*" ? sample : $0 }.joined(separator: ".")
                var groups = section == "groups" ? "" : "\n[groups]\nowners = []"
                if key.name == "user" { groups += "\n[users.ada]\npassword_hash_file = \"/nowhere\"" }
                let name = key.name == "<name>" ? "team" : key.name
                let beside =
                    key.pattern.first == "tokens"
                    ? Self.besideInToken(key)
                    : [
                        "mirror_projects": "\nfallback = \"mirror\"", "username": "\npassword = \"x\"",
                        "admin": "\npassword_hash_file = \"/nowhere\"",
                        "direct_url": postgres, "direct_url_file": postgres, "pool_size": postgres,
                        "statement_timeout": postgres,
                    ][name] ?? (section == "storage" && name != "url" ? "\nurl = \"s3://bucket\"" : "")
                let server = "[server]\naudience = \"x\"\nbase_url = \"https://pypi.example.com\"\n"
                let before =
                    switch key.section.first {
                    case "issuer", "sso": server
                    case "publishers": server + "[issuer.github]\n"
                    default: ""
                    }
                let needed = ["url": "https://login.example.com", "client_id": "cellar"]
                let provider =
                    section.hasPrefix("sso.")
                    ? needed.filter { $0.key != name }.map { "\n\($0.key) = \"\($0.value)\"" }.joined() : ""
                let found = problems("\(before)[\(section)]\n\(name) = \(value)\(beside)\(provider)\(groups)")
                let isAboutFiles = found.allSatisfy { $0.contains("can't be") || $0.contains("beside it") }
                #expect(found.isEmpty || isAboutFiles, "\(key.displayName): \(found)")
            }
        }
    }

    /// What a token needs beside one of its keys.
    private static func besideInToken(_ key: any DeclaredKey) -> String {
        var lines: [String] = []
        if !["user", "group", "service"].contains(key.name) { lines.append("service = \"ci\"") }
        if !["hash", "hash_file"].contains(key.name) { lines.append("hash_file = \"/nowhere\"") }
        if key.name != "expires" { lines.append("expires = \"never\"") }
        return lines.map { "\n" + $0 }.joined()
    }

    @Test("The template loads as it is, and says the same as no file")
    func template() throws {
        let text = try ServerConfiguration.template(ConfigurationAnswers())
        let written = try ServerConfiguration.read(text)
        let defaults = try ServerConfiguration.read("")
        #expect(written.describe() == defaults.describe())
        for key in DeclaredKeys.all { #expect(text.contains("# \(key.name == "<name>" ? "owners" : key.name) = ")) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("Every commented key of the template loads when the comment sign is taken away")
    func templateUncommented() throws {
        let text = try ServerConfiguration.template(ConfigurationAnswers(["storage.url": "s3://bucket"]))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isKey =
                line.hasPrefix("# ") && line.contains(" = ")
                && line.dropFirst(2).prefix { $0 != " " }.allSatisfy {
                    $0 == "_" || ($0.isASCII && $0.isLowercase)
                }
            // Files that are not there, and keys that want another beside them.
            let isHeld = [
                "tls_", "admin", "authorities_", "username", "password", "token", "mirror_projects", "trusted_root",
                "certificate_", "transparency_", "require_provenance", "attested_by", "webhook", "user =", "group =",
                "service", "hash", "rights", "indexes", "projects", "expires", "bind_", "ca_file", "user_dn_format",
                "group_search_base", "secret", "url = \"https://users", "client_secret",
                "url_file", "direct_url", "pool_size", "statement_timeout",
                "access_key", "public = ",
                "cloudfront_",
            ].contains { line.dropFirst(2).hasPrefix($0) }
            let isSection = ["# [issuer.github]", "# [sso.corp]"].contains(line)
            return isSection || isKey && !isHeld ? String(line.dropFirst(2)) : String(line)
        }
        let found = problems(lines.joined(separator: "\n"))
        #expect(found == [])
    }

    @Test("Answers stand in the template as values")
    func answers() throws {
        let text = try ServerConfiguration.template(
            ConfigurationAnswers([
                "server.listen": "0.0.0.0:80", "server.loops": "2", "server.access_log": "false",
                "server.data_dir": "/srv/\"x\"", "index.main.read": "authenticated,group:devs",
                "groups.devs": "ada,grace", "index.main.deny": "litellm>=1.82,<1.83,evil",
                "index.main.before": "2026-11-01", "upstream.pypi.url": "https://mirror.example.com/simple",
            ]))
        let configuration = try ServerConfiguration.read(text)
        #expect(configuration.server.listen.description == "0.0.0.0:80")
        #expect(configuration.server.loops == 2)
        #expect(!configuration.server.logsAccess)
        #expect(configuration.server.dataDirectory == "/srv/\"x\"")
        #expect(configuration.indexes.first?.access.read == [.authenticated, .group("devs")])
        #expect(configuration.groups == ["devs": ["ada", "grace"]])
        #expect(configuration.indexes.first?.policy.deny.count == 2)
        #expect(configuration.indexes.first?.policy.before != nil)
        #expect(configuration.upstreams.map(\.url) == ["https://mirror.example.com/simple/"])
    }

    @Test("Wrong answers are refused, each by itself and all together")
    func wrongAnswers() {
        #expect(ConfigurationAnswers.problem(with: "127.0.0.1:1", for: "server.listen") == nil)
        #expect(
            ConfigurationAnswers.problem(with: "here", for: "server.listen")?.hasPrefix("server.listen must be") == true
        )
        #expect(ConfigurationAnswers.problem(with: "x", for: "server.listn")?.contains("did you mean") == true)
        #expect(throws: ConfigurationErrors.self) {
            try ServerConfiguration.template(ConfigurationAnswers(["server.listen": "0.0.0.0:80"]))
        }
        #expect(throws: ConfigurationErrors.self) {
            try ServerConfiguration.template(ConfigurationAnswers(["server.nothing": "1"]))
        }
        let failure = #expect(throws: ConfigurationErrors.self) {
            try ServerConfiguration.template(ConfigurationAnswers(["upstream.corp.url": "https://pypi.corp.example/"]))
        }
        #expect(failure?.description.contains("[upstream.pypi] alone: add [upstream.corp] with url") == true)
    }

    @Test("The effective configuration shows every key with its place, and no secret")
    func effective() throws {
        let configuration = try ServerConfiguration.read(
            """
            [server]
            admin_password = "hunter2hunter2"
            loops = 2
            [index.main]
            write = ["user:ada"]
            before = 2026-11-01T12:00:00+02:00
            deny = ["litellm>=1.82,<1.83"]
            [upstream.pypi]
            username = "cellar"
            password = "hunter2"
            proxy = "http://me:hunter2@proxy.example.com:3128"
            [upstream.corp]
            url = "https://pypi.corp.example/simple/"
            token = "hunter2"
            [users.ada]
            password_hash = "$6$hunter2$\(String(repeating: "x", count: 86))"
            [issuer.github]
            audience = "pypi.example.com"
            [tokens.ci]
            service = "ci"
            hash = "\(String(repeating: "ab", count: 32))"
            expires = "never"
            [sso.corp]
            url = "https://login.example.com"
            client_id = "cellar"
            client_secret = "hunter2"
            """,
            environment: [
                "CELLAR_SERVER_LOG_LEVEL": "error", "CELLAR_SERVER_BASE_URL": "https://pypi.example.com",
            ])
        let text = configuration.describe()
        #expect(text.contains("loops = 2  # cellar.toml:3\n"))
        #expect(text.contains("log_level = \"error\"  # CELLAR_SERVER_LOG_LEVEL\n"))
        #expect(text.contains("listen = \"127.0.0.1:6543\"  # defaults\n"))
        #expect(text.contains("[index.main]\n"))
        #expect(text.contains("write = [\"user:ada\"]  # cellar.toml:5\n"))
        #expect(text.contains("admin_password = \"(hidden)\"  # cellar.toml:2\n"))
        #expect(text.contains("before = \"2026-11-01T10:00:00Z\"  # cellar.toml:6\n"))
        #expect(text.contains("deny = [\"litellm<1.83,>=1.82\"]  # cellar.toml:7\n"))
        #expect(text.contains("password = \"(hidden)\"  # cellar.toml:10\n"))
        #expect(text.contains("proxy = \"http://(hidden)@proxy.example.com:3128\"  # cellar.toml:11\n"))
        #expect(text.contains("token = \"(hidden)\"  # cellar.toml:14\n"))
        #expect(text.contains("url = \"https://pypi.org/simple/\"  # defaults\n"))
        for key in DeclaredKeys.all where key.name != "<name>" { #expect(text.contains(key.name)) }
        var dumped = ""
        dump(configuration, to: &dumped)
        for shown in [text, dumped, "\(configuration)", String(reflecting: configuration)] {
            #expect(!shown.contains("hunter2"))
        }
        // A hidden hash is no hash.
        let hash = "$6$salt$" + String(repeating: "x", count: 86)
        let whole = text.replacing("password_hash = \"(hidden)\"", with: "password_hash = \"\(hash)\"")
            .replacing("\nhash = \"(hidden)\"", with: "\nhash = \"\(String(repeating: "ab", count: 32))\"")
        #expect(throws: Never.self) { try ServerConfiguration.read(whole) }
    }

    @Test("A secret is not shown in errors about it")
    func secretErrors() {
        let found = problems("[server]\nadmin_password = [\"hunter2\"]\n")
        #expect(found == ["cellar.toml:2: server.admin_password must be text, not a list"])
    }
}
