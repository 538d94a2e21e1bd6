import PackagingStandards
import Registry

extension ServerConfiguration {
    /// Reads the sections of the issuers, and checks that no two have one address.
    static func readIssuers(
        _ written: [(name: String, place: ConfigurationPlace)], _ reader: inout SettingsReader, audience: String?
    ) -> [IssuerDefinition] {
        var issuers: [IssuerDefinition] = []
        for (name, place) in written {
            if !UpstreamName.isValid(name) {
                reader.fail(
                    "the name of an issuer has lowercase ASCII letters, digits and -, begins with a letter or digit, "
                        + "and has 64 characters at most; \(quoted(name)) does not",
                    at: place)
            }
            let issuer = readIssuer(name, place, &reader, audience: audience)
            if let other = issuers.first(where: { $0.issuer.url == issuer.issuer.url }), !issuer.issuer.url.isEmpty {
                reader.fail("issuer.\(name) has the url of issuer.\(other.issuer.name)", at: place)
            }
            issuers.append(issuer)
        }
        return issuers
    }

    private static func readIssuer(
        _ name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader, audience: String?
    ) -> IssuerDefinition {
        let named = IssuerKind(rawValue: name) ?? .generic
        let kind = reader.value(of: DeclaredKeys.issuerKind, named: name, default: named) ?? named
        let url = reader.value(
            of: DeclaredKeys.issuerURL, named: name, default: IssuerDefinition.publicURL(of: kind))
        if url == nil, !reader.isWritten(DeclaredKeys.issuerURL, named: name) {
            reader.fail(
                "issuer.\(name) needs url, the issuer as its tokens name it, such as url = "
                    + quoted("https://forgejo.example.com/api/actions"),
                at: place)
        }
        let own = reader.value(of: DeclaredKeys.issuerAudience, named: name)
        if own == nil, audience == nil, !reader.isWritten(DeclaredKeys.issuerAudience, named: name) {
            reader.fail(
                "issuer.\(name): for whom are its tokens? Write server.base_url, or server.audience, a name that no "
                    + "other server has",
                at: place)
        }
        let authorities = reader.value(of: DeclaredKeys.issuerAuthorities, named: name)
        if let authorities, let problem = SmallFile.problem(reading: authorities) {
            reader.fail(
                "issuer.\(name).authorities_file: \(quoted(authorities)) can't be read: \(problem)",
                at: reader.place(of: DeclaredKeys.issuerAuthorities, named: name))
        }
        let keyHosts = reader.value(
            of: DeclaredKeys.issuerKeyHosts, named: name, default: IssuerDefinition.keyHosts(of: kind))
        return IssuerDefinition(
            issuer: IdentityIssuer(name: name, url: url ?? "", kind: kind, audience: own ?? audience ?? ""),
            authoritiesFile: authorities, keyHosts: Set(keyHosts))
    }
}

extension ServerSettings {
    /// For whom identity tokens must be meant: what is written, else the host of `base_url`; nil if neither is written.
    var identityAudience: String? {
        audience ?? baseURL.flatMap { HostAndPort($0.authority[...])?.host }.map(String.init)
    }
}
