import PackagingStandards

extension ServerConfiguration {
    /// The keys in which servers on one database may differ.
    private static let ownKeys: Set<String> = [
        "server.listen", "server.data_dir", "server.spool_dir", "server.spool_size", "server.loops",
        "server.page_cache_size", "server.log_level", "server.log_format", "server.access_log",
        "server.tls_certificate",
        "server.tls_key", "server.shutdown_timeout", "server.drain_time", "audit.file",
    ]

    /// Returns a text that is equal for configurations that mean the same, but for what each server may have for itself,
    /// and for secrets, which are not in it.
    ///
    /// - Parameter key: What only those know who may know the configuration, so that nobody else can guess what it says
    ///   from the text: the installation's id.
    /// - Returns: 64 bits as hex text.
    package func fingerprint(key: String) -> String {
        let lines = effectiveSettings.compactMap { setting -> String? in
            let path = setting.path.joined(separator: ".")
            guard !Self.ownKeys.contains(path), let value = setting.value else { return nil }
            return "\(path) = \(value)"
        }
        let text = ([key] + lines.sorted()).joined(separator: "\n")
        return String(SHA256Digest(hashing: Array(text.utf8)).description.prefix(16))
    }

    /// Returns the paths of the settings in which another configuration differs, sorted.
    package func differences(to other: ServerConfiguration) -> [String] {
        let own = Self.values(of: self)
        let others = Self.values(of: other)
        return Set(own.keys).union(others.keys).filter { own[$0] != others[$0] }.sorted()
    }

    private static func values(of configuration: ServerConfiguration) -> [String: String] {
        Dictionary(
            configuration.effectiveSettings.compactMap { setting in
                setting.value.map { (setting.path.joined(separator: "."), $0) }
            }, uniquingKeysWith: { first, _ in first })
    }
}
