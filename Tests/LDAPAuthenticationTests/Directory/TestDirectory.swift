import FoundationEssentials
import Logging

@testable import LDAPAuthentication

/// The directory that `scripts/servers` starts, and `make test` names in `TEST_SERVERS`.
struct TestDirectory {
    /// Nil without `TEST_SERVERS`: then what needs it is skipped.
    static let shared = TestDirectory()
    static let isMissing = "TEST_SERVERS is not set: start slapd with scripts/servers/start.sh FOLDER slapd"

    static let people = "ou=people,dc=example,dc=org"

    let plain: LDAPServer
    let startTLS: LDAPServer
    let encrypted: LDAPServer
    let authorities: String

    private init?() {
        guard let folder = ProcessInfo.processInfo.environment["TEST_SERVERS"],
            let data = try? Data(contentsOf: URL(filePath: folder + "/slapd.env"))
        else { return nil }
        var values: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        let ports = values.mapValues { $0.split(separator: ":").last.flatMap { Int($0) } }
        guard let port = ports["ENDPOINT"] ?? nil, let tlsPort = ports["TLS_ENDPOINT"] ?? nil,
            let authorities = values["CA_FILE"]
        else { return nil }
        plain = LDAPServer(host: "127.0.0.1", port: port, encryption: .none)
        startTLS = LDAPServer(host: "127.0.0.1", port: port, encryption: .startTLS)
        encrypted = LDAPServer(host: "127.0.0.1", port: tlsPort, encryption: .tls)
        self.authorities = authorities
    }

    /// Settings with the service user; change what a test is about.
    func settings(
        _ servers: [LDAPServer]? = nil, base: String = people, _ change: (inout LDAPSettings) -> Void = { _ in }
    ) -> LDAPSettings {
        var settings = LDAPSettings(
            servers: servers ?? [plain], authoritiesFile: authorities,
            service: ("cn=reader,ou=services,dc=example,dc=org", "reader-secret"),
            people: .search(base: base, filter: "(uid={username})"), connectTimeout: .seconds(2), timeout: .seconds(5))
        change(&settings)
        return settings
    }

    static func quiet() -> Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}
