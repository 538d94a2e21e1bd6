import PackagingStandards

/// Links to files, relative to the page that they stand on, so that neither host nor prefix is in a page.
enum FileLink {
    /// `files/<sha256>/<filename>`, percent-encoded (RFC 3986 §2.3).
    static func to(_ filename: String, sha256: String) -> String {
        "files/\(sha256)/\(encoded(filename))"
    }

    /// The address of an upstream's file, relative to the index: the same before and after it is kept.
    ///
    /// By its digest where the upstream's page tells that and the project can be read off the file's name; else by the
    /// project's name.
    static func toRemote(_ name: DistributionFilename, sha256: String?) -> String {
        guard let sha256 else { return "files/u/\(name.name)/\(encoded(name.filename))" }
        return to(name.filename, sha256: sha256)
    }

    /// Returns what the address that a link leads to is found by, or nil if it is no link to a file.
    static func locator(of link: String) -> FileAddress.Locator? {
        let parts = link.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "files" else { return nil }
        switch parts.count {
        case 3: return SHA256Digest(hex: String(parts[1])).map { .sha256($0) }
        case 4 where parts[1] == "u": return NormalizedName(parts[2]).map { .project($0) }
        default: return nil
        }
    }

    /// A path segment; file names hold nothing else that needs escaping than a space.
    private static func encoded(_ filename: String) -> String {
        guard filename.utf8.contains(UInt8(ascii: " ")) else { return filename }
        return filename.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "%20")
    }
}
