import PackagingStandards

extension BucketDefinition {
    /// Reads what `[storage]` says of a bucket, and checks what its keys mean together; nil if the storage is a folder.
    static func read(
        _ reader: inout SettingsReader, at storage: StorageLocation, downloads: DownloadMode, server: ServerSettings
    ) -> BucketDefinition? {
        let access = reader.value(of: DeclaredKeys.storageAccessKey)
        let secret = reader.secret(DeclaredKeys.storageSecretKey)
        let storageClass = reader.value(of: DeclaredKeys.storageClass)
        let encryption = reader.value(of: DeclaredKeys.storageEncryption)
        let encryptionKey = reader.value(of: DeclaredKeys.storageEncryptionKey)
        let acl = reader.value(of: DeclaredKeys.storageACL)
        let authorities = reader.value(of: DeclaredKeys.storageAuthorities)
        let proxy = reader.value(of: DeclaredKeys.storageProxy)
        let timeout = reader.value(of: DeclaredKeys.storageTimeout)
        let creates = reader.value(of: DeclaredKeys.storageCreatesBucket)
        let publicURL = reader.value(of: DeclaredKeys.publicURL)
        let keyID = reader.value(of: DeclaredKeys.cloudFrontKeyID)
        let key = reader.secret(DeclaredKeys.cloudFrontKey)
        guard case .bucket(let location) = storage else {
            reader.failWithoutBucket(downloads)
            return nil
        }
        if access != nil, secret == nil, !reader.isWritten(DeclaredKeys.storageSecretKey.fileKey) {
            reader.fail(
                "storage.access_key needs storage.secret_key or storage.secret_key_file beside it",
                at: reader.place(of: DeclaredKeys.storageAccessKey))
        }
        if access == nil, secret != nil {
            let isInFile = reader.isWritten(DeclaredKeys.storageSecretKey.fileKey)
            reader.fail(
                "storage.secret_key needs storage.access_key beside it",
                at: isInFile
                    ? reader.place(of: DeclaredKeys.storageSecretKey.fileKey)
                    : reader.place(of: DeclaredKeys.storageSecretKey))
        }
        if encryptionKey != nil, encryption != .kms {
            reader.fail(
                "storage.kms_key needs storage.sse = \"aws:kms\" beside it",
                at: reader.place(of: DeclaredKeys.storageEncryptionKey))
        }
        if let authorities, let problem = SmallFile.problem(reading: authorities) {
            reader.fail(
                "storage.ca_file: \(quoted(authorities)) can't be read: \(problem)",
                at: reader.place(of: DeclaredKeys.storageAuthorities))
        }
        reader.checkLinks(location, publicURL, keyID, key, redirects: downloads != .stream, server)
        let keys = access.flatMap { access in secret.map { (access: access, secret: $0) } }
        return BucketDefinition(
            location: location, keys: keys, storageClass: storageClass, encryption: encryption,
            encryptionKey: encryptionKey, acl: acl, authoritiesFile: authorities, proxy: proxy, timeout: timeout,
            createsBucket: creates, publicURL: publicURL,
            publicKey: keyID.flatMap { id in key.map { (id: id, privateKey: $0) } })
    }
}

extension SettingsReader {
    /// Fails for links that clients could not follow, or that would take their credentials along.
    fileprivate mutating func checkLinks(
        _ location: BucketLocation, _ publicURL: String?, _ keyID: String?, _ key: Secret?,
        redirects: Bool, _ server: ServerSettings
    ) {
        if publicURL != nil, !redirects {
            fail(
                "storage.public needs storage.downloads = \"redirect\" or \"auto\" beside it",
                at: place(of: DeclaredKeys.publicURL))
        }
        if keyID != nil, publicURL == nil {
            fail(
                "storage.cloudfront_key_id needs storage.public beside it", at: place(of: DeclaredKeys.cloudFrontKeyID))
        }
        let isKeyWritten = isWritten(DeclaredKeys.cloudFrontKey) || isWritten(DeclaredKeys.cloudFrontKey.fileKey)
        if keyID != nil, !isKeyWritten {
            fail(
                "storage.cloudfront_key_id needs storage.cloudfront_key or storage.cloudfront_key_file beside it",
                at: place(of: DeclaredKeys.cloudFrontKeyID))
        }
        if keyID == nil, key != nil {
            let isInFile = isWritten(DeclaredKeys.cloudFrontKey.fileKey)
            fail(
                "storage.cloudfront_key needs storage.cloudfront_key_id beside it",
                at: isInFile ? place(of: DeclaredKeys.cloudFrontKey.fileKey) : place(of: DeclaredKeys.cloudFrontKey))
        }
        // Clients keep their credentials for the origin that they were given for, and stores refuse such requests.
        let target = (publicURL ?? location.endpoint).flatMap { WebAddress($0) }
        if redirects, let target, let base = server.baseURL, WebAddress(base.description)?.origin == target.origin {
            fail(
                "storage.downloads can only be \"stream\" if the store has the host and port of server.base_url: "
                    + "clients would send it their passwords",
                at: place(of: DeclaredKeys.downloads))
        }
    }

    /// Fails for each key that means nothing for a folder.
    fileprivate mutating func failWithoutBucket(_ downloads: DownloadMode) {
        let keys: [any DeclaredKey] = DeclaredKeys.storage.filter {
            !["url", "downloads"].contains($0.name)
        }
        for key in keys {
            let place = writtenPlace(of: key)
            guard let place else { continue }
            fail("\(key.displayName) needs a storage.url that begins with \"s3:\"", at: place)
        }
        if downloads != .stream {
            fail(
                "storage.downloads can only be \"stream\" unless storage.url begins with \"s3:\"",
                at: place(of: DeclaredKeys.downloads))
        }
    }

    /// Returns where another value than the default stands; nil if there is none.
    private func writtenPlace(of key: some DeclaredKey) -> ConfigurationPlace? {
        let isDefault =
            key.renderedDefault != nil
            && effective.contains { $0.path == key.pattern && $0.value == key.renderedDefault }
        return isWritten(key) && !isDefault ? place(of: key) : nil
    }
}
