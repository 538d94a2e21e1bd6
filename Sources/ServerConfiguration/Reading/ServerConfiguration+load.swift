import Registry

extension ServerConfiguration {
    /// Reads the configuration of a command.
    ///
    /// - Parameters:
    ///   - path: The file that `--config` names; nil for `cellar.toml` in the working directory, if it is there, else
    ///     the defaults.
    ///   - environment: The variables of the process.
    /// - Returns: The configuration, checked.
    /// - Throws: `ConfigurationErrors` with all that is wrong.
    package static func load(
        path: String?, environment: [String: String]
    ) throws(ConfigurationErrors) -> ServerConfiguration {
        let file = path ?? "cellar.toml"
        return try read(contents(of: file, isOptional: path == nil), file: file, environment: environment)
    }

    /// Reads the text of a configuration.
    ///
    /// - Parameters:
    ///   - text: The contents of the file.
    ///   - file: What error texts call the file.
    ///   - environment: The variables of the process.
    /// - Returns: The configuration, checked.
    /// - Throws: `ConfigurationErrors` with all that is wrong.
    package static func read(
        _ text: String, file: String = "cellar.toml", environment: [String: String] = [:]
    ) throws(ConfigurationErrors) -> ServerConfiguration {
        let written: WrittenSettings
        do throws(ConfigurationError) {
            written = try WrittenSettings(text: text, file: file, environment: environment)
        } catch {
            throw ConfigurationErrors([error])
        }
        var reader = SettingsReader(written)
        let server = ServerSettings(&reader)
        let people = readPeople(written.users, &reader)
        let groups = readGroups(written.groups, &reader)
        let trustRoots = readTrustRoots(&reader)
        let grants = readGrants(written, &reader, people: people, groups: groups)
        let signOn = readSignOn(written.sso, &reader, baseURL: server.baseURL)
        let issuers = readIssuers(written.issuers, &reader, audience: server.identityAudience)
        let tokens = readTokens(written, &reader, people: people, groups: groups)
        let publishers = readPublishers(written, &reader, issuers: issuers)
        let database = reader.value(of: DeclaredKeys.databaseURL, orFile: DeclaredKeys.databaseURLFile)
            .resolved(in: server.dataDirectory)
        let storage = reader.value(of: DeclaredKeys.storageURL).resolved(in: server.dataDirectory)
        let downloads = reader.value(of: DeclaredKeys.downloads)
        let linkLifetime = reader.value(of: DeclaredKeys.linkLifetime)
        let bucket = BucketDefinition.read(&reader, at: storage, downloads: downloads, server: server)
        let indexes = readIndexes(
            written, &reader, server: server, groups: groups, verifiesAttestations: !trustRoots.isEmpty)
        requireReadable(indexes, by: bucket, &reader)
        let configuration = ServerConfiguration(
            server: server,
            database: database,
            databaseConnections: DatabaseConnections(&reader, to: database),
            storage: storage, bucket: bucket,
            downloads: downloads,
            linkLifetime: linkLifetime,
            trustRoots: trustRoots,
            indexes: indexes,
            upstreams: readUpstreams(written.upstreams, &reader),
            signOn: signOn,
            issuers: issuers,
            identityAudience: issuers.first.map { server.identityAudience ?? $0.issuer.audience },
            declaration: Declaration(
                people: people, groups: groups, grants: grants, tokens: tokens, publishers: publishers),
            directory: DirectoryDefinition.read(&reader), authenticator: AuthenticatorDefinition.read(&reader),
            audit: AuditSettings(&reader),
            effectiveSettings: reader.effective)
        guard reader.errors.isEmpty else { throw ConfigurationErrors(reader.errors) }
        return configuration
    }

    /// Fails if files of an index that not everyone may read would be linked to without a signature.
    private static func requireReadable(
        _ indexes: [IndexSettings], by bucket: BucketDefinition?, _ reader: inout SettingsReader
    ) {
        guard let bucket, bucket.publicURL != nil, bucket.publicKey == nil,
            let closed = indexes.first(where: { !$0.access.read.contains(.everyone) })
        else { return }
        reader.fail(
            "storage.public makes files readable by everyone, which the index \(closed.name) is not: set "
                + "index.\(closed.name).read = [\"everyone\"], or sign the links with storage.cloudfront_key_id",
            at: reader.place(of: DeclaredKeys.publicURL))
    }

    private static func contents(of file: String, isOptional: Bool) throws(ConfigurationErrors) -> String {
        let message: String
        do throws(SmallFile.Failure) {
            let bytes = try SmallFile.read(file)
            if let text = String(validating: bytes, as: UTF8.self) { return text }
            message = "not text in UTF-8"
        } catch {
            if error.isMissing, isOptional { return "" }
            message = error.message
        }
        throw ConfigurationErrors([ConfigurationError(place: .file(file, line: nil), message: message)])
    }
}
