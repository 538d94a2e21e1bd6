/// Where the database is.
package enum DatabaseLocation: Sendable, Hashable {
    /// A file of SQLite's.
    case sqlite(path: String)

    /// The same location with a relative path taken from a folder.
    func resolved(in folder: String) -> DatabaseLocation {
        switch self {
        case .sqlite(let path): .sqlite(path: joined(folder, path))
        }
    }
}

/// Where distribution files are kept.
package enum StorageLocation: Sendable, Hashable {
    /// A folder of this machine.
    case folder(path: String)

    /// The same location with a relative path taken from a folder.
    func resolved(in folder: String) -> StorageLocation {
        switch self {
        case .folder(let path): .folder(path: joined(folder, path))
        }
    }
}

/// How a file reaches a client.
package enum DownloadMode: String, Sendable, CaseIterable {
    /// The server sends the bytes itself.
    case stream
}

/// A path, taken from a folder where it is relative.
func joined(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return folder.hasSuffix("/") ? folder + path : folder + "/" + path
}
