import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization
import Testing

@testable import AWSRequests

@Suite("Credentials")
struct CredentialTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ text: String, to name: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func keeper(_ environment: [String: String], containerBase: String = "http://127.0.0.1:1")
        -> CredentialKeeper
    {
        // Nobody asks the machine that the tests run on.
        var environment = environment
        if environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] == nil {
            environment["AWS_EC2_METADATA_DISABLED"] = "true"
        }
        return CredentialKeeper(
            environment: environment, region: "eu-central-1", client: .shared, containerBase: containerBase,
            logger: Self.quiet())
    }

    fileprivate static func quiet() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private static func keys(_ name: String) -> String {
        """
        {"AccessKeyId": "\(name)", "SecretAccessKey": "\(name)-secret", "Token": "\(name)-token", \
        "Expiration": "2999-01-01T00:00:00Z", "Code": "Success"}
        """
    }

    // MARK: Sources

    @Test("the environment comes first")
    func environment() async throws {
        let file = try write("[default]\naws_access_key_id = F\naws_secret_access_key = FS\n", to: "credentials")
        let found = try await keeper([
            "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "ES", "AWS_SESSION_TOKEN": "ET",
            "AWS_SHARED_CREDENTIALS_FILE": file,
        ]).credentials()
        #expect(found == AWSCredentials(accessKey: "E", secretKey: "ES", sessionToken: "ET"))
    }

    @Test("half of a pair in the environment is an error, not the next place")
    func halfPair() async throws {
        for (name, other) in [
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        ] {
            let error = await #expect(throws: RegistryError.self) { try await keeper([name: "x"]).credentials() }
            #expect(error?.message == "\(name) is set, and \(other) is not: set both or neither.")
        }
    }

    @Test("the shared files give the profile's keys, credentials before config")
    func sharedFiles() async throws {
        let credentials = try write(
            """
            # a comment
            [default]
            aws_access_key_id=D
            aws_secret_access_key = DS

            [work]
            aws_access_key_id = W ; why
            aws_secret_access_key = W/S+=
            aws_session_token = WT
            """, to: "credentials")
        let config = try write(
            """
            [profile work]
            region = eu-west-1
            s3 =
              aws_access_key_id = no
            aws_access_key_id = no
            aws_secret_access_key = no
            [profile other]
            aws_access_key_id = O
            aws_secret_access_key = OS
            [profile chained]
            role_arn = arn
            source_profile = work
            """, to: "config")
        var environment = ["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config]
        #expect(try await keeper(environment).credentials() == AWSCredentials(accessKey: "D", secretKey: "DS"))
        environment["AWS_PROFILE"] = "work"
        #expect(
            try await keeper(environment).credentials()
                == AWSCredentials(accessKey: "W", secretKey: "W/S+=", sessionToken: "WT"))
        #expect(try await AWSProfile(environment: environment).region == "eu-west-1")
        environment["AWS_PROFILE"] = "other"
        #expect(try await keeper(environment).credentials() == AWSCredentials(accessKey: "O", secretKey: "OS"))
        environment["AWS_PROFILE"] = "chained"
        let chained = await #expect(throws: RegistryError.self) { try await keeper(environment).credentials() }
        #expect(chained?.message.hasPrefix("The profile chained has source_profile") == true)
        environment["AWS_PROFILE"] = "unknown"
        let unknown = await #expect(throws: RegistryError.self) { try await keeper(environment).credentials() }
        #expect(unknown?.message.hasPrefix("AWS_PROFILE names the profile unknown") == true)
    }

    @Test("the shared files are looked for at home, and need not be there; one that is named must be")
    func home() async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/.aws", withIntermediateDirectories: true)
        _ = try write("[default]\naws_access_key_id = H\naws_secret_access_key = HS\n", to: ".aws/credentials")
        let found = try await keeper(["HOME": folder.path]).credentials()
        #expect(found.accessKey == "H")
        let none = await #expect(throws: RegistryError.self) {
            try await keeper(["HOME": folder.path + "/nobody"]).credentials()
        }
        #expect(none?.message.hasPrefix("There are no credentials for the storage.") == true)
        let named = await #expect(throws: RegistryError.self) {
            try await keeper(["AWS_SHARED_CREDENTIALS_FILE": folder.path + "/missing"]).credentials()
        }
        #expect(named?.message.contains("is missing") == true)
    }

    @Test("a container's service is asked, with its token")
    func container() async throws {
        let service = try SmallService { request in
            request.head.lowercased().contains("\r\nauthorization: the-token") || request.head.hasPrefix("GET /open ")
                ? SmallService.Answer(body: Self.keys("C")) : SmallService.Answer(status: "403 Forbidden")
        }
        let base = "http://127.0.0.1:\(service.port)"
        let relative = try await keeper(
            ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/open"], containerBase: base
        ).credentials()
        #expect(relative.accessKey == "C" && relative.sessionToken == "C-token" && relative.expiration != nil)
        let token = try write("the-token\n", to: "token")
        let full = try await keeper([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": base + "/keys", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
        ]).credentials()
        #expect(full.accessKey == "C")
        let refused = await #expect(throws: RegistryError.self) {
            try await keeper(["AWS_CONTAINER_CREDENTIALS_FULL_URI": base + "/keys"]).credentials()
        }
        #expect(refused?.message == "The container's service gives no credentials: it answers with 403.")
        let elsewhere = await #expect(throws: RegistryError.self) {
            try await keeper(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/keys"]).credentials()
        }
        #expect(elsewhere?.message.hasPrefix("AWS_CONTAINER_CREDENTIALS_FULL_URI must") == true)
    }

    @Test("an identity token is traded for a role's keys")
    func webIdentity() async throws {
        let service = try SmallService { request in
            guard request.body.contains("WebIdentityToken=e.y%2BJ") && request.body.contains("RoleArn=arn%3Arole")
            else {
                return SmallService.Answer(
                    status: "400 Bad Request",
                    body: "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>")
            }
            return SmallService.Answer(
                body: """
                    <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                    <AssumeRoleWithWebIdentityResult><Credentials><SessionToken>T</SessionToken>
                    <SecretAccessKey>S</SecretAccessKey><Expiration>2999-01-01T00:00:00Z</Expiration>
                    <AccessKeyId>W</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>
                    </AssumeRoleWithWebIdentityResponse>
                    """)
        }
        let token = try write("e.y+J\n", to: "token")
        var environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:role",
            "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(service.port)/",
        ]
        let found = try await keeper(environment).credentials()
        #expect(found.accessKey == "W" && found.secretKey == "S" && found.sessionToken == "T")
        #expect(found.expiration == Timestamp(iso8601: "2999-01-01T00:00:00Z"))
        _ = try write("other", to: "token")
        let refused = await #expect(throws: RegistryError.self) { try await keeper(environment).credentials() }
        #expect(
            refused?.message == "AWS's token service gives no keys for the web identity: InvalidIdentityToken.")
        environment["AWS_ROLE_ARN"] = nil
        await #expect(throws: RegistryError.self) { try await keeper(environment).credentials() }
    }

    @Test("an instance's metadata are asked with a token; where nobody answers there are none")
    func instance() async throws {
        let service = try SmallService { request in
            if request.head.hasPrefix("PUT /latest/api/token ") { return SmallService.Answer(body: "the-token") }
            guard request.head.lowercased().contains("\r\nx-aws-ec2-metadata-token: the-token") else {
                return SmallService.Answer(status: "401 Unauthorized")
            }
            if request.head.hasPrefix("GET /latest/meta-data/iam/security-credentials/ ") {
                return SmallService.Answer(body: "my-role\n")
            }
            return request.head.hasPrefix("GET /latest/meta-data/iam/security-credentials/my-role ")
                ? SmallService.Answer(body: Self.keys("I")) : SmallService.Answer(status: "404 Not Found")
        }
        let found = try await keeper([
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(service.port)"
        ]).credentials()
        #expect(found.accessKey == "I" && found.sessionToken == "I-token")
        let nobody = await #expect(throws: RegistryError.self) {
            try await keeper(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"]).credentials()
        }
        #expect(nobody?.message.hasPrefix("There are no credentials for the storage.") == true)
    }

    // MARK: Renewal

    private final class Scene: Sendable {
        let time = Mutex(Timestamp(microseconds: 0))
        let loads = Mutex(0)
        let fails = Mutex(false)

        /// Gives keys that are numbered, and good for an hour.
        func keeper() -> CredentialKeeper {
            let source = CredentialSource(name: "test") { [self] in
                let number = loads.withLock { count in
                    count += 1
                    return count
                }
                if fails.withLock({ $0 }) { throw RegistryError(.unavailable, "no") }
                return AWSCredentials(
                    accessKey: "\(number)", secretKey: "s",
                    expiration: time.withLock { Timestamp(microseconds: $0.microseconds + 3_600_000_000) })
            }
            return CredentialKeeper(
                sources: [source], clock: WallClock { [self] in time.withLock { $0 } },
                logger: CredentialTests.quiet())
        }

        func set(second: Int64) { time.withLock { $0 = Timestamp(microseconds: second * 1_000_000) } }
    }

    @Test("credentials are kept, and renewed in the background before they end")
    func renews() async throws {
        let scene = Scene()
        let keeper = scene.keeper()
        for _ in 1...3 { #expect(try await keeper.credentials().accessKey == "1") }
        scene.set(second: 3200)
        #expect(try await keeper.credentials().accessKey == "1")
        scene.set(second: 3301)
        #expect(try await keeper.credentials().accessKey == "1")
        while try await keeper.credentials().accessKey == "1" { await Task.yield() }
        #expect(try await keeper.credentials().accessKey == "2")
        #expect(scene.loads.withLock { $0 } == 2)
    }

    @Test("while a renewal fails the old ones are used until they end, and it is not tried all the time")
    func failing() async throws {
        let scene = Scene()
        let keeper = scene.keeper()
        _ = try await keeper.credentials()
        scene.fails.withLock { $0 = true }
        scene.set(second: 3400)
        for _ in 1...100 {
            #expect(try await keeper.credentials().accessKey == "1")
            await Task.yield()
        }
        while scene.loads.withLock({ $0 }) < 2 { await Task.yield() }
        #expect(scene.loads.withLock { $0 } == 2)
        scene.set(second: 3595)
        await #expect(throws: RegistryError.self) { try await keeper.credentials() }
        scene.fails.withLock { $0 = false }
        #expect(try Int(await keeper.credentials().accessKey).map { $0 >= 3 } == true)
    }

    @Test("many who ask at once share one renewal")
    func shares() async throws {
        let scene = Scene()
        let keeper = scene.keeper()
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await keeper.credentials().accessKey } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(found == ["1"])
    }

    @Test("credentials that were refused are replaced once, however many requests they failed")
    func replaces() async throws {
        let scene = Scene()
        let keeper = scene.keeper()
        let old = try await keeper.credentials()
        for _ in 1...3 { #expect(try await keeper.replace(old).accessKey == "2") }
        #expect(scene.loads.withLock { $0 } == 2)
    }
}
