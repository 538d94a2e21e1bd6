import NIOCore
public import PackagingStandards

/// The JSON API's page of a project or of one of its versions (docs.pypi.org, "JSON API").
///
/// A version's page has no `releases`, as on PyPI.
///
/// Core metadata of more than ``maximumMetadataSize`` bytes are not told: installers have them under their own address.
struct ProjectJSON {
    /// The most bytes of core metadata that a page is made of.
    static let maximumMetadataSize = 2 << 20

    let offer: ProjectOffer
    /// The files that are told, in the order of their versions.
    let files: [ListedFile]
    /// The version that was asked for; nil for the project's page.
    let version: Version?
    /// The file whose core metadata is told as `info`.
    let described: ListedFile
    let metadata: CoreMetadata?
    /// The absolute address of the index, ending in `/`: readers of the JSON API take links as they are.
    let indexURL: String

    init(
        offer: ProjectOffer, version: Version?, described: ListedFile, metadata: CoreMetadata?, indexURL: String
    ) {
        self.offer = offer
        files = Self.inOrder(offer.listedFiles)
        self.version = version
        self.described = described
        self.metadata = metadata
        self.indexURL = indexURL
    }

    /// The file whose metadata describes a project: of the version asked for, or else of the last final release that is
    /// not wholly yanked, or else of the last; a wheel before a source distribution. Also of a quarantined project, none
    /// of whose files are told (PEP 792).
    static func describedFile(of offer: ProjectOffer, version: Version?) -> ListedFile? {
        let all = inOrder(offer.files.filter(\.isAllowed))
        let files: [ListedFile]
        if let version {
            files = all.filter { $0.version == version }
        } else {
            let candidates = all.filter { $0.simple.yanked == .no }
            let last = candidates.last { !$0.version.isPrerelease } ?? candidates.last ?? all.last
            files = all.filter { $0.version == last?.version }
        }
        return files.first { $0.packageType == "bdist_wheel" && $0.simple.coreMetadata != .none }
            ?? files.first { $0.simple.coreMetadata != .none } ?? files.first { $0.packageType == "sdist" }
            ?? files.first
    }

    /// Upstreams list files in an order of their own.
    private static func inOrder(_ files: [ListedFile]) -> [ListedFile] {
        files.enumerated().sorted { ($0.element.version, $0.offset) < ($1.element.version, $1.offset) }.map(\.element)
    }

    func written() -> ByteBuffer {
        var buffer = ByteBuffer()
        JSONWriter.write(into: &buffer) { json in
            json.object { json in
                json.key("info")
                writeInfo(into: &json)
                json.key("last_serial")
                json.integer(offer.serial)
                if version == nil {
                    json.key("releases")
                    writeReleases(into: &json)
                }
                json.key("urls")
                write(files.filter { $0.version == described.version }, into: &json)
                json.key("vulnerabilities")
                json.array { _ in }
            }
        }
        return buffer
    }

    private func writeReleases(into json: inout JSONWriter) {
        json.object { json in
            var rest = files[...]
            while let first = rest.first {
                let release = rest.prefix { $0.version == first.version }
                rest = rest.dropFirst(release.count)
                json.key(first.versionText)
                write(Array(release), into: &json)
            }
        }
    }

    private func write(_ files: [ListedFile], into json: inout JSONWriter) {
        json.array { json in
            for file in files { write(file, into: &json) }
        }
    }

    /// What an upstream does not tell is null.
    private func write(_ file: ListedFile, into json: inout JSONWriter) {
        json.object { json in
            json.key("comment_text")
            json.null()
            json.key("digests")
            writeDigests(of: file, into: &json)
            json.key("downloads")
            json.integer(-1)
            json.member("filename", file.filename)
            json.key("has_sig")
            json.boolean(false)
            json.member("md5_digest", digests(of: file).first { $0.algorithm == "md5" }?.hex)
            json.member("packagetype", file.packageType)
            json.member("python_version", pythonVersion(of: file))
            json.member("requires_python", file.simple.requiresPython)
            json.key("size")
            if let size = file.simple.size { json.integer(size) } else { json.null() }
            json.member("upload_time", file.simple.uploadTime.map { String($0.iso8601.prefix(19)) })
            json.member("upload_time_iso_8601", file.simple.uploadTime?.iso8601)
            json.member("url", indexURL + file.simple.url)
            json.key("yanked")
            json.boolean(file.simple.yanked != .no)
            json.member("yanked_reason", file.simple.yanked.reason)
        }
    }

    private func writeDigests(of file: ListedFile, into json: inout JSONWriter) {
        json.object { json in
            for digest in digests(of: file) { json.member(digest.algorithm, digest.hex) }
        }
    }

    private func digests(of file: ListedFile) -> [SimpleFile.Digest] {
        switch file.place {
        case .published(let record, _), .kept(let record, _):
            [
                SimpleFile.Digest(algorithm: "blake2b_256", hex: record.digests.blake2b256),
                SimpleFile.Digest(algorithm: "md5", hex: record.digests.md5),
                SimpleFile.Digest(algorithm: "sha256", hex: record.digests.sha256.description),
            ]
        case .remote:
            file.simple.otherDigests
                + (file.simple.sha256.map { [SimpleFile.Digest(algorithm: "sha256", hex: $0)] } ?? [])
        }
    }

    private func pythonVersion(of file: ListedFile) -> String {
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
