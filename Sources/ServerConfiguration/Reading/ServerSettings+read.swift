extension ServerSettings {
    /// Reads `[server]` and checks what its keys mean together.
    init(_ reader: inout SettingsReader) {
        listen = reader.value(of: DeclaredKeys.listen)
        baseURL = reader.value(of: DeclaredKeys.baseURL)
        audience = reader.value(of: DeclaredKeys.audience)
        dataDirectory = reader.value(of: DeclaredKeys.dataDirectory)
        spoolDirectory = reader.value(of: DeclaredKeys.spoolDirectory) ?? joined(dataDirectory, "spool")
        spoolSize = reader.value(of: DeclaredKeys.spoolSize)
        trustedProxies = reader.value(of: DeclaredKeys.trustedProxies)
        tls = Self.readTLS(&reader)
        loops = reader.value(of: DeclaredKeys.loops)
        shutdownTimeout = reader.value(of: DeclaredKeys.shutdownTimeout)
        drainTime = reader.value(of: DeclaredKeys.drainTime)
        idleTimeout = reader.value(of: DeclaredKeys.idleTimeout)
        uploadIdleTimeout = reader.value(of: DeclaredKeys.uploadIdleTimeout)
        maxUploadTime = reader.value(of: DeclaredKeys.maxUploadTime)
        pageCacheSize = reader.value(of: DeclaredKeys.pageCacheSize)
        realm = reader.value(of: DeclaredKeys.realm)
        sessionLifetime = reader.value(of: DeclaredKeys.sessionLifetime)
        isRegistrationOpen = reader.value(of: DeclaredKeys.registration)
        loadsReadmeImages = reader.value(of: DeclaredKeys.readmeImages)
        logsAccess = reader.value(of: DeclaredKeys.accessLog)
        logLevel = reader.value(of: DeclaredKeys.logLevel)
        logFormat = reader.value(of: DeclaredKeys.logFormat)
        adminPassword = reader.secret(DeclaredKeys.adminPassword)
        rebuildsOnEmpty = reader.value(of: DeclaredKeys.rebuildOnEmpty)
    }

    private static func readTLS(_ reader: inout SettingsReader) -> TLSFiles? {
        let certificate = reader.value(of: DeclaredKeys.tlsCertificate)
        let key = reader.value(of: DeclaredKeys.tlsKey)
        for (declared, path) in [(DeclaredKeys.tlsCertificate, certificate), (DeclaredKeys.tlsKey, key)] {
            guard let path, let problem = SmallFile.problem(reading: path) else { continue }
            reader.fail(
                "\(declared.displayName): \(quoted(path)) can't be read: \(problem)", at: reader.place(of: declared))
        }
        switch (certificate, key) {
        case (let certificate?, let key?):
            return TLSFiles(certificate: certificate, key: key)
        case (.some, nil):
            reader.fail(
                "server.tls_certificate needs server.tls_key beside it",
                at: reader.place(of: DeclaredKeys.tlsCertificate))
            return nil
        case (nil, .some):
            reader.fail(
                "server.tls_key needs server.tls_certificate beside it", at: reader.place(of: DeclaredKeys.tlsKey))
            return nil
        case (nil, nil):
            return nil
        }
    }
}
