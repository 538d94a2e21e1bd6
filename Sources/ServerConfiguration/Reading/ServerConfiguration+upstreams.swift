import Registry

extension ServerConfiguration {
    /// Reads the sections of the upstreams.
    static func readUpstreams(
        _ written: [(name: String, place: ConfigurationPlace)], _ reader: inout SettingsReader
    ) -> [UpstreamDefinition] {
        written.map { name, place in
            if !UpstreamName.isValid(name) {
                reader.fail(
                    "the name of an upstream has lowercase ASCII letters, digits and -, begins with a letter or digit, "
                        + "and has 64 characters at most; \(quoted(name)) does not",
                    at: place)
            }
            return readUpstream(name, place, &reader)
        }
    }

    private static func readUpstream(
        _ name: String, _ place: ConfigurationPlace, _ reader: inout SettingsReader
    ) -> UpstreamDefinition {
        let standard = name == "pypi" ? SimpleAPIURL.pypi : nil
        let url = reader.value(of: DeclaredKeys.upstreamURL, named: name, default: standard)
        if url == nil, !reader.isWritten(DeclaredKeys.upstreamURL, named: name) {
            reader.fail(
                "upstream.\(name) needs url, the address of its simple API, such as url = \(quoted(SimpleAPIURL.pypi))",
                at: place)
        }
        let authorities = reader.value(of: DeclaredKeys.upstreamAuthorities, named: name)
        if let authorities, let problem = SmallFile.problem(reading: authorities) {
            reader.fail(
                "upstream.\(name).authorities_file: \(quoted(authorities)) can't be read: \(problem)",
                at: reader.place(of: DeclaredKeys.upstreamAuthorities, named: name))
        }
        return UpstreamDefinition(
            url: url ?? "", credentials: readCredentials(name, &reader), authoritiesFile: authorities,
            proxy: reader.value(of: DeclaredKeys.upstreamProxy, named: name),
            connectTimeout: reader.value(of: DeclaredKeys.connectTimeout, named: name),
            responseTimeout: reader.value(of: DeclaredKeys.responseTimeout, named: name),
            idleTimeout: reader.value(of: DeclaredKeys.upstreamIdleTimeout, named: name),
            retries: reader.value(of: DeclaredKeys.retries, named: name),
            maxPageSize: Int(reader.value(of: DeclaredKeys.maxPageSize, named: name)),
            maxPageFiles: reader.value(of: DeclaredKeys.maxPageFiles, named: name),
            allowedHosts: reader.value(of: DeclaredKeys.allowHosts, named: name),
            absentStatuses: Set(reader.value(of: DeclaredKeys.absentStatuses, named: name)).union([404, 410]),
            pages: UpstreamSettings(
                id: name,
                minFresh: reader.value(of: DeclaredKeys.minFresh, named: name).components.seconds,
                maxStale: reader.value(of: DeclaredKeys.maxStale, named: name).components.seconds,
                unknownFor: reader.value(of: DeclaredKeys.unknownFor, named: name).components.seconds))
    }

    private static func readCredentials(
        _ name: String, _ reader: inout SettingsReader
    ) -> UpstreamDefinition.Credentials {
        let errorCount = reader.errors.count
        let user = reader.value(of: DeclaredKeys.upstreamUsername, named: name)
        let password = reader.secret(DeclaredKeys.upstreamPassword, named: name)
        let token = reader.secret(DeclaredKeys.upstreamToken, named: name)
        // What is wrong by itself is no reason to ask for what belongs to it.
        guard reader.errors.count == errorCount else { return .none }
        switch (user, password, token) {
        case (nil, nil, nil):
            return .none
        case (let user?, let password?, nil):
            return .basic(user: user, password: password)
        case (nil, nil, let token?):
            return .bearer(token: token)
        case (_, _, .some):
            reader.fail(
                "upstream.\(name): give username and password, or token, not both",
                at: place(ofSecret: DeclaredKeys.upstreamToken, name, reader))
        case (.some, nil, nil):
            reader.fail(
                "upstream.\(name).username needs password_file or password beside it; for a token alone, write "
                    + "token_file",
                at: reader.place(of: DeclaredKeys.upstreamUsername, named: name))
        case (nil, .some, nil):
            reader.fail(
                "upstream.\(name).password needs username beside it; for a token alone, write token_file",
                at: place(ofSecret: DeclaredKeys.upstreamPassword, name, reader))
        }
        return .none
    }

    private static func place(
        ofSecret key: ConfigurationKey<Secret?>, _ name: String, _ reader: SettingsReader
    ) -> ConfigurationPlace {
        reader.isWritten(key, named: name)
            ? reader.place(of: key, named: name) : reader.place(of: key.fileKey, named: name)
    }
}
