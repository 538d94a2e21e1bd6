import NIOCore
import NIOHTTP1
import Registry

extension CredentialSource {
    /// The metadata of an instance (Amazon EC2), by its second version, which wants a token for each question.
    ///
    /// `AWS_EC2_METADATA_DISABLED=true` leaves it out, and `AWS_EC2_METADATA_SERVICE_ENDPOINT` says where it is. Where
    /// nobody answers there is no such service: that is no error.
    ///
    /// Source: Amazon EC2 User Guide, "Use the Instance Metadata Service".
    static func instance(_ environment: [String: String], _ client: CredentialClient) -> CredentialSource {
        CredentialSource(name: "the instance's metadata") {
            guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
            var base = environment.filled("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
            if base.hasSuffix("/") { base.removeLast() }
            // It is on the same machine: whoever does not answer at once is not there.
            let limit = TimeAmount.seconds(1)
            let token: CredentialClient.Answer
            do {
                token = try await client.ask(
                    base + "/latest/api/token", method: .PUT,
                    headers: [("X-aws-ec2-metadata-token-ttl-seconds", "300")], within: limit)
            } catch {
                return nil
            }
            guard token.status == 200 else { return nil }
            let headers = [("X-aws-ec2-metadata-token", token.text)]
            let roles = base + "/latest/meta-data/iam/security-credentials/"
            do {
                let list = try await client.ask(roles, headers: headers, within: limit)
                // An instance without a role.
                guard list.status != 404 else { return nil }
                guard list.status == 200, let role = list.text.split(whereSeparator: \.isNewline).first else {
                    throw RegistryError(
                        .unavailable, "The instance's metadata name no role: they answer with \(list.status).")
                }
                let answer = try await client.ask(roles + role, headers: headers, within: .seconds(5))
                return try KeyDocument.credentials(in: answer, of: "The instance's metadata")
            } catch let error as RegistryError {
                throw error
            } catch {
                throw RegistryError(.unavailable, "The instance's metadata do not answer.", cause: error)
            }
        }
    }
}
