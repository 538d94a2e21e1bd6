import NIOCore
import PackagingStandards
import Registry

extension CredentialSource {
    /// The service that gives credentials to containers (Amazon ECS, EKS Pod Identity):
    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`, with the token of `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    ///
    /// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
    static func container(
        _ environment: [String: String], _ client: CredentialClient, base: String
    ) -> CredentialSource {
        CredentialSource(name: "the container's service") {
            let url: String
            if let relative = environment.filled("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
                url = base + (relative.hasPrefix("/") ? relative : "/" + relative)
            } else if let full = environment.filled("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
                guard isAllowed(full) else {
                    throw RegistryError(
                        .unavailable,
                        """
                        AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with https, or lead to this machine, \
                        169.254.170.2, 169.254.170.23 or fd00:ec2::23.
                        """)
                }
                url = full
            } else {
                return nil
            }
            var headers: [(String, String)] = []
            if let token = try await token(environment) { headers.append(("Authorization", token)) }
            do {
                let answer = try await client.ask(url, headers: headers, within: .seconds(5))
                return try KeyDocument.credentials(in: answer, of: "The container's service")
            } catch let error as RegistryError {
                throw error
            } catch {
                throw RegistryError(
                    .unavailable, "The service that gives credentials to this container does not answer.", cause: error)
            }
        }
    }

    private static func token(_ environment: [String: String]) async throws -> String? {
        let variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
        guard let path = environment.filled(variable) else {
            return environment.filled("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        do {
            let text = try await SecretFile.text(of: path)
            return String(text.prefix { !$0.isNewline })
        } catch {
            throw RegistryError(.unavailable, "\(variable) names the file \(path), which cannot be read.", cause: error)
        }
    }

    /// Returns whether keys may be asked for at an address: over https, or where nobody in between can read them.
    private static func isAllowed(_ url: String) -> Bool {
        guard let parts = WebAddressParts(url), let place = HostAndPort(parts.authority) else { return false }
        if parts.scheme == .https || place.host == "localhost" { return true }
        guard let address = IPAddress(String(place.host)) else { return false }
        let known = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"].compactMap { IPAddress($0) }
        return address.isLoopback || known.contains(address)
    }
}
