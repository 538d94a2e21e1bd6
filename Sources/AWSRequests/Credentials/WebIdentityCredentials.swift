import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

extension CredentialSource {
    /// An identity token in a file, traded for keys of a role (AssumeRoleWithWebIdentity of AWS STS), as in Kubernetes:
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`, or the same settings of the profile.
    ///
    /// Source: AWS Security Token Service API Reference, "AssumeRoleWithWebIdentity".
    static func webIdentity(
        _ environment: [String: String], _ client: CredentialClient, region: String
    ) -> CredentialSource {
        CredentialSource(name: "the web identity") {
            guard let identity = try await WebIdentity(environment) else { return nil }
            let token: String
            do {
                token = try await SecretFile.text(of: identity.tokenFile).filter { !$0.isNewline }
            } catch {
                throw RegistryError(
                    .unavailable, "The file of the web identity's token, \(identity.tokenFile), cannot be read.",
                    cause: error)
            }
            let form = [
                ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", identity.role),
                ("RoleSessionName", identity.session), ("WebIdentityToken", token),
            ]
            let body = form.map { "\($0.0)=\(URIEncoding.encode($0.1))" }.joined(separator: "&")
            let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
            let url = environment.filled("AWS_ENDPOINT_URL_STS") ?? "https://sts.\(region).\(domain)/"
            let answer: CredentialClient.Answer
            do {
                answer = try await client.ask(
                    url, method: .POST, headers: [("Content-Type", "application/x-www-form-urlencoded")], body: body,
                    within: .seconds(10))
            } catch {
                throw RegistryError(
                    .unavailable, "AWS's token service, which gives keys for the web identity, does not answer.",
                    cause: error)
            }
            return try credentials(in: answer)
        }
    }

    private static func credentials(in answer: CredentialClient.Answer) throws -> AWSCredentials {
        let document = try? XMLElement(parsing: answer.body)
        guard answer.status == 200,
            let keys = document?.child("AssumeRoleWithWebIdentityResult")?.child("Credentials"),
            let accessKey = keys["AccessKeyId"], let secretKey = keys["SecretAccessKey"]
        else {
            let reason = document?.child("Error")?["Code"] ?? "status \(answer.status)"
            throw RegistryError(.unavailable, "AWS's token service gives no keys for the web identity: \(reason).")
        }
        return AWSCredentials(
            accessKey: accessKey, secretKey: secretKey, sessionToken: keys["SessionToken"],
            expiration: keys["Expiration"].flatMap { Timestamp(iso8601: $0) })
    }
}

/// Where the token is, and which role it is traded for.
private struct WebIdentity {
    let tokenFile: String
    let role: String
    let session: String

    /// Nil if neither the environment nor the profile names one.
    init?(_ environment: [String: String]) async throws {
        if let file = environment.filled("AWS_WEB_IDENTITY_TOKEN_FILE") {
            guard let role = environment.filled("AWS_ROLE_ARN") else {
                throw RegistryError(
                    .unavailable, "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not: set both or neither.")
            }
            (tokenFile, self.role) = (file, role)
            session = environment.filled("AWS_ROLE_SESSION_NAME") ?? "cellar"
            return
        }
        let profile = try await AWSProfile(environment: environment)
        guard let config = profile.config, let file = config.filled("web_identity_token_file") else { return nil }
        guard let role = config.filled("role_arn") else {
            throw RegistryError(
                .unavailable, "The profile \(profile.name) has a web_identity_token_file without a role_arn.")
        }
        (tokenFile, self.role) = (file, role)
        session = config.filled("role_session_name") ?? "cellar"
    }
}
