extension AuthenticatorDefinition {
    /// Reads `[authenticator]` and checks what its keys mean together; nil if there is no service.
    static func read(_ reader: inout SettingsReader) -> AuthenticatorDefinition? {
        let url = reader.value(of: DeclaredKeys.authenticatorURL)
        let authorities = reader.value(of: DeclaredKeys.authenticatorAuthorities)
        let secret = reader.secret(DeclaredKeys.authenticatorSecret)
        let timeout = reader.value(of: DeclaredKeys.authenticatorTimeout)
        let cacheTime = reader.value(of: DeclaredKeys.authenticatorCacheTime)
        let trustTime = reader.value(of: DeclaredKeys.authenticatorTrustTime)
        if let authorities, let problem = SmallFile.problem(reading: authorities) {
            let key = DeclaredKeys.authenticatorAuthorities
            reader.fail(
                "\(key.displayName): \(quoted(authorities)) can't be read: \(problem)", at: reader.place(of: key))
        }
        guard let url else {
            let key = DeclaredKeys.authenticatorSecret
            if secret != nil, !reader.isWritten(DeclaredKeys.authenticatorURL) {
                reader.fail("authenticator.secret needs authenticator.url beside it", at: reader.place(of: key))
            }
            return nil
        }
        if !reader.value(of: DeclaredKeys.directoryURLs).isEmpty {
            reader.fail(
                "give ldap.urls or authenticator.url, not both: one place decides who somebody is",
                at: reader.place(of: DeclaredKeys.authenticatorURL))
        }
        if cacheTime > trustTime {
            reader.fail(
                "authenticator.cache_time must not be longer than authenticator.trust_time",
                at: reader.place(of: DeclaredKeys.authenticatorCacheTime))
        }
        return AuthenticatorDefinition(
            url: url, secret: secret, authoritiesFile: authorities, timeout: timeout, cacheTime: cacheTime,
            trustTime: trustTime)
    }
}
