import Registry

extension ServerConfiguration {
    /// Reads the sections of the providers with which people sign in.
    static func readSignOn(
        _ written: [(name: String, place: ConfigurationPlace)], _ reader: inout SettingsReader, baseURL: BaseURL?
    ) -> [SignOnDefinition] {
        if let first = written.first, baseURL == nil, !reader.isWritten(DeclaredKeys.baseURL) {
            reader.fail(
                "sso.\(first.name) needs server.base_url: the provider sends browsers back to an address below it, "
                    + "which is registered there",
                at: first.place)
        }
        var providers: [SignOnDefinition] = []
        for (name, place) in written {
            if !UpstreamName.isValid(name) {
                reader.fail(
                    "the name of a provider has lowercase ASCII letters, digits and -, begins with a letter or digit, "
                        + "and has 64 characters at most; \(quoted(name)) does not",
                    at: place)
            }
            providers.append(readProvider(name, place, &reader))
        }
        return providers
    }

    private static func readProvider(
        _ name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader
    ) -> SignOnDefinition {
        let url = reader.value(of: DeclaredKeys.ssoURL, named: name)
        let clientID = reader.value(of: DeclaredKeys.ssoClientID, named: name)
        for (key, value, example) in [
            (DeclaredKeys.ssoURL, url, "url = \(quoted("https://login.example.com"))"),
            (DeclaredKeys.ssoClientID, clientID, "client_id = \(quoted("cellar"))"),
        ] where value == nil && !reader.isWritten(key, named: name) {
            reader.fail("sso.\(name) needs \(key.name), such as \(example)", at: place)
        }
        let scopes = reader.value(of: DeclaredKeys.ssoScopes, named: name)
        if !scopes.contains("openid") {
            reader.fail(
                "sso.\(name).scopes must have \(quoted("openid")): without it the provider gives no identity token",
                at: reader.place(of: DeclaredKeys.ssoScopes, named: name))
        }
        let groupsClaim = reader.value(of: DeclaredKeys.ssoGroupsClaim, named: name)
        let adminGroup = reader.value(of: DeclaredKeys.ssoAdminGroup, named: name)
        if adminGroup != nil, groupsClaim == nil {
            reader.fail(
                "sso.\(name).admin_group needs groups_claim beside it, which says who is in the group",
                at: reader.place(of: DeclaredKeys.ssoAdminGroup, named: name))
        }
        let required = reader.value(of: DeclaredKeys.ssoRequire, named: name)
        if let url, SignOnDefinition.openToEverybody.contains(url), required.isEmpty {
            reader.fail(
                "sso.\(name): everybody can have an account at \(url); say who of them may sign in here, such as "
                    + "require = [\(quoted("hd=example.com"))]",
                at: place)
        }
        let authorities = reader.value(of: DeclaredKeys.ssoAuthorities, named: name)
        if let authorities, let problem = SmallFile.problem(reading: authorities) {
            reader.fail(
                "sso.\(name).authorities_file: \(quoted(authorities)) can't be read: \(problem)",
                at: reader.place(of: DeclaredKeys.ssoAuthorities, named: name))
        }
        return SignOnDefinition(
            issuer: IdentityIssuer(name: name, url: url ?? "", kind: .generic, audience: clientID ?? ""),
            clientSecret: reader.secret(DeclaredKeys.ssoClientSecret, named: name),
            label: reader.value(of: DeclaredKeys.ssoLabel, named: name) ?? name, scopes: scopes,
            nameClaim: reader.value(of: DeclaredKeys.ssoNameClaim, named: name), groupsClaim: groupsClaim,
            adminGroup: adminGroup, required: required, authoritiesFile: authorities,
            hosts: Set(
                reader.value(of: DeclaredKeys.ssoHosts, named: name, default: SignOnDefinition.hosts(of: url))))
    }
}
