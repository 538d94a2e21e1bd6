import AWSRequests
import FoundationEssentials
import Logging
import NIOPosix
import Registry
import S3Storage

/// A real store that `scripts/servers` starts, and `make test` names in `TEST_SERVERS`.
struct TestStore: Sendable, CustomStringConvertible {
    /// Those that run; none without `TEST_SERVERS`: then what needs them is skipped.
    static let all = ["swift_s3", "ceph_rgw"].compactMap(TestStore.init)
    static let areMissing: Bool = all.count < 2
    static let missing =
        "TEST_SERVERS is not set: start the stores with scripts/servers/start.sh FOLDER swift_s3 ceph_rgw"

    let name: String
    let endpoint: String
    let accessKey: String
    let secretKey: String

    var description: String { name }

    private init?(_ name: String) {
        guard let folder = ProcessInfo.processInfo.environment["TEST_SERVERS"],
            let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(name).env"))
        else { return nil }
        var values: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        guard let endpoint = values["ENDPOINT"], let accessKey = values["ACCESS_KEY"],
            let secretKey = values["SECRET_KEY"]
        else { return nil }
        self.name = name
        self.endpoint = endpoint
        self.accessKey = accessKey
        self.secretKey = secretKey
    }

    var credentials: AWSCredentials { AWSCredentials(accessKey: accessKey, secretKey: secretKey) }

    /// Returns settings for a place of its own in the bucket of all tests; change what a test is about.
    func settings(_ change: (inout S3Settings) -> Void = { _ in }) -> S3Settings {
        var settings = S3Settings(bucket: "cellar-tests")
        settings.prefix = "test \(UInt64.random(in: 0...UInt64.max))+é"
        settings.endpoint = endpoint
        settings.credentials = credentials
        settings.createsBucket = true
        change(&settings)
        return settings
    }

    func open(_ change: (inout S3Settings) -> Void = { _ in }) async throws -> S3Storage {
        try await Self.open(settings(change))
    }

    static func open(_ settings: S3Settings) async throws -> S3Storage {
        try await S3Storage.open(settings, threads: .singleton, logger: quiet())
    }

    static func quiet() -> Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}
