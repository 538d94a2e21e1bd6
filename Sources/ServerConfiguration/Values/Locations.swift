import PackagingStandards

/// Where the database is.
package enum DatabaseLocation: Sendable, Hashable {
    /// A file of SQLite.
    case sqlite(path: String)
    /// A database of PostgreSQL.
    case postgresql(DatabaseURL)

    /// Returns the same location with a relative path taken from a folder.
    func resolved(in folder: String) -> DatabaseLocation {
        switch self {
        case .sqlite(let path): .sqlite(path: joined(folder, path))
        case .postgresql: self
        }
    }
}

/// Where distribution files are kept.
package enum StorageLocation: Sendable, Hashable {
    /// A folder of this machine.
    case folder(path: String)
    /// A bucket of Amazon S3, or of a store with its API.
    case bucket(BucketLocation)

    /// Returns the same location with a relative path taken from a folder.
    func resolved(in folder: String) -> StorageLocation {
        switch self {
        case .folder(let path): .folder(path: joined(folder, path))
        case .bucket: self
        }
    }
}

/// How a file reaches a client.
package enum DownloadMode: String, Sendable, CaseIterable {
    /// The server sends the bytes itself.
    case stream
    /// Clients are sent to a signed link.
    case redirect
    /// Those clients are whose caches do not need an address that stays.
    case auto
}

/// Returns a path, taken from a folder if it is relative.
func joined(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return folder.hasSuffix("/") ? folder + path : folder + "/" + path
}

extension ValueType where Value == DatabaseLocation {
    /// Where the database is.
    static let databaseURL = text(
        "URL", expected: "\"sqlite:\" and the path of a file, such as \"sqlite:cellar.db\"",
        explain: { text in
            DatabaseURL.isScheme(of: text)
                ? DatabaseURL.problem(with: text) : explainUnknownScheme(text, known: ["sqlite:", "postgresql://"])
        },
        write: { location in
            switch location {
            case .sqlite(let path): "sqlite:\(path)"
            case .postgresql(let url): url.description
            }
        }
    ) { text in
        if let url = DatabaseURL(text) { return .postgresql(url) }
        return pathPart(of: text, after: "sqlite:").flatMap { $0.hasPrefix(":") ? nil : .sqlite(path: $0) }
    }
}

extension ValueType where Value == DatabaseURL {
    /// The address of a PostgreSQL database.
    static let postgresURL = text(
        "URL", expected: "an address such as \"postgresql://cellar@db.example.com/cellar\"",
        explain: { DatabaseURL.problem(with: $0) ?? "must begin with \"postgresql://\"" },
        write: \.description, read: { DatabaseURL($0) })
}

extension ValueType where Value == StorageLocation {
    /// Where the files are kept.
    static let storageURL = text(
        "URL",
        expected: "\"file:\" and the path of a folder, such as \"file:files\", or \"s3://\" and the name of a bucket",
        explain: { text in
            guard text.hasPrefix("s3:") else { return explainUnknownScheme(text, known: ["file:", "s3:"]) }
            do throws(BucketLocation.Problem) {
                _ = try BucketLocation(text)
                return nil
            } catch {
                return error.message
            }
        },
        write: { location in
            switch location {
            case .folder(let path): "file:\(path)"
            case .bucket(let location): location.url
            }
        }
    ) { text in
        if text.hasPrefix("s3:") { return (try? BucketLocation(text)).map { .bucket($0) } }
        return pathPart(of: text, after: "file:").map { .folder(path: $0) }
    }
}

/// Returns the path after a scheme; `//` is taken only before an absolute path, where a host would stand (RFC 8089 §2).
private func pathPart(of text: String, after scheme: String) -> String? {
    guard text.hasPrefix(scheme) else { return nil }
    var path = text.dropFirst(scheme.count)
    if path.hasPrefix("//") {
        guard path.hasPrefix("///") else { return nil }
        path = path.dropFirst(2)
    }
    return path.isEmpty ? nil : String(path)
}

/// Says that this version does not know a scheme. Only the scheme of the URL is shown, since the rest may hold a
/// password.
private func explainUnknownScheme(_ text: String, known: [String]) -> String? {
    if known.contains(where: { text.hasPrefix($0) }) { return nil }
    let beginning = "must begin with " + known.map { "\"\($0)\"" }.joined(separator: " or ")
    guard let colon = text.firstIndex(of: ":") else { return beginning }
    let given = text[...colon]
    guard given.dropLast().utf8.allSatisfy(ASCII.isAlphanumeric) else { return beginning }
    return "\(beginning): this version does not know \"\(given)\""
}
