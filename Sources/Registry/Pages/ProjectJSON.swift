import NIOCore
public import PackagingStandards

/// The JSON API's page of a project or of one of its versions (docs.pypi.org, "JSON API").
///
/// A version's page has no `releases`, as on PyPI.
struct ProjectJSON {
    let record: ProjectRecord
    /// The version that was asked for; nil for the project's page.
    let version: Version?
    /// The file whose core metadata is told as `info`.
    let described: FileRecord
    let metadata: CoreMetadata?
    /// The absolute address of the index, ending in `/`: readers of the JSON API take links as they are.
    let indexURL: String

    /// The file whose metadata describes a project: of the version asked for, or else of the last final release that is
    /// not wholly yanked, or else of the last; a wheel before a source distribution.
    static func describedFile(of record: ProjectRecord, version: Version?) -> FileRecord? {
        let files: [FileRecord]
        if let version {
            files = record.files.filter { Version($0.version) == version }
        } else {
            let candidates = record.files.filter { $0.yanked == .no }
            let last =
                candidates.last { Version($0.version)?.isPrerelease == false } ?? candidates.last
                ?? record.files.last
            files = record.files.filter { $0.version == last?.version }
        }
        return files.first { $0.packageType == "bdist_wheel" && $0.metadataDigest != nil }
            ?? files.first { $0.metadataDigest != nil } ?? files.first
    }

    /// The files that are served: none of a quarantined project's (PEP 792).
    private var offered: [FileRecord] { record.status.allowsDownloads ? record.files : [] }

    func written() -> ByteBuffer {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { json in
            json.object { json in
                json.key("info")
                writeInfo(into: &json)
                json.key("last_serial")
                json.integer(record.serial)
                if version == nil {
                    json.key("releases")
                    writeReleases(into: &json)
                }
                json.key("urls")
                write(offered.filter { $0.version == described.version }, into: &json)
                json.key("vulnerabilities")
                json.array { _ in }
            }
        }
        return buffer
    }

    private func writeReleases(into json: inout JSONWriter) {
        json.object { json in
            var rest = offered[...]
            while let first = rest.first {
                let release = rest.prefix { $0.version == first.version }
                rest = rest.dropFirst(release.count)
                json.key(first.version)
                write(Array(release), into: &json)
            }
        }
    }

    private func write(_ files: [FileRecord], into json: inout JSONWriter) {
        json.array { json in
            for file in files { write(file, into: &json) }
        }
    }

    private func write(_ file: FileRecord, into json: inout JSONWriter) {
        json.object { json in
            json.key("comment_text")
            json.null()
            json.key("digests")
            json.object { json in
                json.member("blake2b_256", file.digests.blake2b256)
                json.member("md5", file.digests.md5)
                json.member("sha256", file.digests.sha256.description)
            }
            json.key("downloads")
            json.integer(-1)
            json.member("filename", file.filename)
            json.key("has_sig")
            json.boolean(false)
            json.member("md5_digest", file.digests.md5)
            json.member("packagetype", file.packageType)
            json.member("python_version", pythonVersion(of: file))
            json.member("requires_python", file.requiresPython)
            json.key("size")
            json.integer(file.size)
            json.member("upload_time", String(file.uploadedAt.iso8601.prefix(19)))
            json.member("upload_time_iso_8601", file.uploadedAt.iso8601)
            json.member("url", FileLink.to(file.filename, sha256: file.digests.sha256.description, prefix: indexURL))
            json.key("yanked")
            json.boolean(file.yanked != .no)
            json.member("yanked_reason", file.yanked.reason)
        }
    }

    private func pythonVersion(of file: FileRecord) -> String {
        guard let wheel = WheelFilename(file.filename) else { return "source" }
        return wheel.pythonTags.joined(separator: ".")
    }
}

extension Yanked {
    /// Why a file is yanked, where somebody said.
    public var reason: String? {
        if case .yes(let reason) = self { reason } else { nil }
    }
}

extension JSONWriter {
    /// Writes a member whose value is an array of strings, or null for none.
    mutating func member(_ key: String, _ values: [String]?) {
        self.key(key)
        guard let values else { return null() }
        array { json in
            for value in values { json.string(value) }
        }
    }
}
