import PackagingStandards
import Registry

/// A place from which credentials may come.
package struct CredentialSource: Sendable {
    /// What it is called in messages.
    package let name: String
    /// Returns the credentials, or nil if the place is not set up.
    ///
    /// Throws `RegistryError` `.unavailable` if it is set up and gives none, so that no other place is used in silence.
    package let load: @Sendable () async throws -> AWSCredentials?

    package init(name: String, load: @escaping @Sendable () async throws -> AWSCredentials?) {
        self.name = name
        self.load = load
    }
}

extension CredentialSource {
    /// Keys that are written in the configuration.
    package static func given(_ credentials: AWSCredentials) -> CredentialSource {
        CredentialSource(name: "the configuration") { credentials }
    }

    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    static func environment(_ environment: [String: String]) -> CredentialSource {
        CredentialSource(name: "the environment") {
            switch (environment.filled("AWS_ACCESS_KEY_ID"), environment.filled("AWS_SECRET_ACCESS_KEY")) {
            case (let key?, let secret?):
                return AWSCredentials(
                    accessKey: key, secretKey: secret, sessionToken: environment.filled("AWS_SESSION_TOKEN"))
            case (nil, nil):
                return nil
            case (.some, nil):
                throw RegistryError(
                    .unavailable, "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not: set both or neither.")
            case (nil, .some):
                throw RegistryError(
                    .unavailable, "AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not: set both or neither.")
            }
        }
    }

    /// The shared credentials file, then the shared config file.
    static func profile(_ environment: [String: String]) -> CredentialSource {
        CredentialSource(name: "the shared files of AWS") {
            let profile = try await AWSProfile(environment: environment)
            for settings in [profile.credentials, profile.config].compactMap(\.self) {
                guard let key = settings.filled("aws_access_key_id") else { continue }
                guard let secret = settings.filled("aws_secret_access_key") else {
                    throw RegistryError(
                        .unavailable,
                        "The profile \(profile.name) has an aws_access_key_id without an aws_secret_access_key.")
                }
                return AWSCredentials(
                    accessKey: key, secretKey: secret, sessionToken: settings.filled("aws_session_token"))
            }
            let unknown = ["source_profile", "credential_source", "credential_process", "sso_session", "sso_start_url"]
            if let setting = unknown.first(where: { profile.config?.filled($0) != nil }) {
                throw RegistryError(
                    .unavailable,
                    """
                    The profile \(profile.name) has \(setting), which Cellar does not follow: give keys, \
                    web_identity_token_file with role_arn, or the credentials of a container or instance.
                    """)
            }
            return nil
        }
    }
}

extension Timestamp {
    /// Returns the moment after so many seconds.
    func adding(seconds: Int64) -> Timestamp {
        Timestamp(microseconds: microseconds + seconds * 1_000_000)
    }
}
