import PackagingStandards
import TOMLKit

/// Reads the files that `pylock.toml` (PEP 751), `uv.lock`, `poetry.lock` and `Pipfile.lock` list.
enum LockFile {
    struct Malformed: Error {
        let reason: String
    }

    /// What a lock file lists.
    struct Contents {
        var items: [PrefetchList.Item] = []
        var skipped: [String] = []
    }

    /// Reads a lock file of any kind; its keys say which.
    static func read(_ bytes: [UInt8], _ path: String) throws(Malformed) -> Contents {
        // The parser beneath takes C strings.
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Malformed(reason: "it is not text in UTF-8")
        }
        if text.first(where: { !$0.isWhitespace }) == "{" { return try PipfileLock.read(bytes, path) }
        let document = try document(text)
        if let metadata = document["metadata"]?.table, let version = metadata["lock-version"]?.string {
            guard version.hasPrefix("1.") || version.hasPrefix("2.") else {
                throw Malformed(reason: "its lock-version is neither 1 nor 2: this version of Cellar can't read it")
            }
            // Before version 2 the files of all packages stood in one table.
            let former = metadata["files"]?.table
            return try read(document["package"], path) { (table: TOMLTable) throws(Malformed) in
                try poetryPackage(table, former: former)
            }
        }
        if document["lock-version"] != nil {
            guard document["lock-version"]?.string?.hasPrefix("1.") == true else {
                throw Malformed(reason: "its lock-version is not 1.0: this version of Cellar can't read it")
            }
            return try read(document["packages"], path, package: pylockPackage)
        }
        guard document["version"]?.int == 1 else {
            throw Malformed(
                reason: "it is neither a pylock.toml (lock-version = \"1.0\"), nor a uv.lock (version = 1), nor a "
                    + "poetry.lock")
        }
        return try read(document["package"], path, package: uvPackage)
    }

    private static func document(_ text: String) throws(Malformed) -> TOMLTable {
        do {
            return try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw Malformed(reason: "it is not valid TOML, line \(error.source.begin.line): \(error.description)")
        } catch {
            throw Malformed(reason: "it is not valid TOML: \(error)")
        }
    }

    private static func read(
        _ packages: (any TOMLValueConvertible)?, _ path: String,
        package read: (TOMLTable) throws(Malformed) -> Package
    ) throws(Malformed) -> Contents {
        var contents = Contents()
        guard let packages else { return contents }
        guard let list = packages.array else { throw Malformed(reason: "its packages are not a list of tables") }
        for (number, element) in list.enumerated() {
            guard let table = element.table, let name = table["name"]?.string, let project = NormalizedName(name) else {
                throw Malformed(reason: "its package \(number + 1) has no valid name")
            }
            let version = table["version"]?.string.map { " \($0)" } ?? ""
            switch try read(table) {
            case .files(let files):
                contents.items.append(
                    PrefetchList.Item(project: project, selection: .files(files), place: "\(path), \(name)\(version)"))
            case .elsewhere(let place):
                contents.skipped.append("\(path), \(name)\(version): it comes from \(place), not from an index")
            }
        }
        return contents
    }

    private enum Package {
        case files([PrefetchList.LockedFile])
        case elsewhere(String)
    }

    private static func pylockPackage(_ table: TOMLTable) throws(Malformed) -> Package {
        let places = [("vcs", "a repository"), ("directory", "a folder"), ("archive", "an archive at an address")]
        if let (_, place) = places.first(where: { table[$0.0] != nil }) { return .elsewhere(place) }
        return .files(
            try files(of: table) { file in
                file["hashes"]?.table?["sha256"]?.string
            })
    }

    private static func uvPackage(_ table: TOMLTable) throws(Malformed) -> Package {
        guard table["source"]?.table?["registry"] != nil else {
            let places = [
                ("git", "a repository"), ("url", "an address"), ("path", "a file"), ("virtual", "this project"),
                ("editable", "a folder"), ("directory", "a folder"),
            ]
            let source = table["source"]?.table
            return .elsewhere(places.first { source?[$0.0] != nil }?.1 ?? "somewhere else")
        }
        return .files(
            try files(of: table) { file in
                file["hash"]?.string.flatMap { $0.hasPrefix("sha256:") ? String($0.dropFirst(7)) : nil }
            })
    }

    private static func poetryPackage(_ table: TOMLTable, former: TOMLTable?) throws(Malformed) -> Package {
        switch table["source"]?.table?["type"]?.string {
        case nil, "legacy", "pypi": break
        case "git": return .elsewhere("a repository")
        case "directory": return .elsewhere("a folder")
        case "file": return .elsewhere("a file")
        default: return .elsewhere("an address")
        }
        let name = table["name"]?.string ?? ""
        let entries = (table["files"] ?? former?[name])?.array?.compactMap(\.table) ?? []
        var files: [PrefetchList.LockedFile] = []
        for entry in entries {
            guard let file = entry["file"]?.string else { throw Malformed(reason: "a file of \(name) has no name") }
            files.append(PrefetchList.LockedFile(filename: file, sha256: try digest(entry["hash"]?.string, of: file)))
        }
        return .files(files)
    }

    /// Returns the digest of a hash as `sha256:<hex>`, or nil for other algorithms.
    private static func digest(_ hash: String?, of name: String) throws(Malformed) -> SHA256Digest? {
        guard let hash, hash.hasPrefix("sha256:") else { return nil }
        guard let digest = SHA256Digest(hex: hash.dropFirst(7).lowercased()) else {
            throw Malformed(reason: "the sha256 of \(name) is not a digest")
        }
        return digest
    }

    private static func files(
        of table: TOMLTable, digest: (TOMLTable) -> String?
    ) throws(Malformed) -> [PrefetchList.LockedFile] {
        var entries: [TOMLTable] = []
        if let sdist = table["sdist"]?.table { entries.append(sdist) }
        if let wheels = table["wheels"]?.array { entries += wheels.compactMap(\.table) }
        var files: [PrefetchList.LockedFile] = []
        for entry in entries {
            let address = entry["url"]?.string ?? entry["path"]?.string
            guard let name = entry["name"]?.string ?? entry["filename"]?.string ?? address.flatMap(lastPart) else {
                throw Malformed(reason: "a file of \(table["name"]?.string ?? "a package") has neither name nor url")
            }
            let hex = digest(entry)
            let sha256 = hex.flatMap { SHA256Digest(hex: $0.lowercased()) }
            guard hex == nil || sha256 != nil else { throw Malformed(reason: "the sha256 of \(name) is not a digest") }
            files.append(PrefetchList.LockedFile(filename: name, sha256: sha256))
        }
        return files
    }

    /// Returns the last part of an address or a path, decoded, or nil if it cannot be a file's name.
    private static func lastPart(of address: String) -> String? {
        let path = address.prefix { $0 != "?" && $0 != "#" }
        guard let last = path.split(separator: "/").last, let bytes = PercentCoding.decode(Array(last.utf8)),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") })
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
