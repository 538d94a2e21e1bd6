import NIOCore
import PackagingStandards

/// The JSON API's page of a project or of one of its versions (docs.pypi.org, "JSON API").
///
/// A version's page has no `releases`, as on PyPI.
///
/// Core metadata of more than `CoreMetadataReading.maximumSize` bytes are left out: installers get them under their own
/// address. PyPI's counts of downloads are -1 everywhere, and so are these: `/api/v1` has them.
struct ProjectJSON {
    private let offer: ProjectOffer
    /// The files on the page, in the order of their versions.
    private let files: [ListedFile]
    /// The requested version; nil for the project's page.
    private let version: Version?
    /// The file whose core metadata are `info`.
    private let described: ListedFile
    private let metadata: CoreMetadata?
    /// The absolute address of the index, ending in `/`: readers of the JSON API use links as they are.
    private let indexURL: String

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

    /// Returns the file whose metadata describe a project: of the requested version, or else of the last final release
    /// that is not wholly yanked, or else of the last; a wheel before a source distribution. Also of a quarantined
    /// project, whose files are not listed (PEP 792).
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

    /// Sorts files by version: upstreams list them in an order of their own.
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

    /// Writes all of the core metadata, under the JSON API's names; an absent text is null or empty as on PyPI.
    private func writeInfo(into json: inout JSONWriter) {
        json.object { json in
            json.member("author", metadata?.author)
            json.member("author_email", metadata?.authorEmail)
            json.key("bugtrack_url")
            json.null()
            json.member("classifiers", metadata?.classifiers ?? [])
            json.member("description", metadata?.description ?? "")
            json.member("description_content_type", metadata?.descriptionContentType)
            json.member("docs_url", String?.none)
            json.member("download_url", metadata?.downloadURL)
            json.key("downloads")
            json.object { json in
                for period in ["last_day", "last_month", "last_week"] {
                    json.key(period)
                    json.integer(-1)
                }
            }
            json.member("dynamic", metadata?.dynamic.nonEmpty)
            json.member("home_page", metadata?.homePage)
            json.member("import_names", metadata?.importNames)
            json.member("import_namespaces", metadata?.importNamespaces.nonEmpty)
            json.member("keywords", metadata.map { $0.keywords.joined(separator: ",") })
            json.member("license", metadata?.license)
            json.member("license_expression", metadata?.licenseExpression)
            json.member("license_files", metadata?.licenseFiles.nonEmpty)
            json.member("maintainer", metadata?.maintainer)
            json.member("maintainer_email", metadata?.maintainerEmail)
            json.member("metadata_version", metadata?.metadataVersion)
            json.member("name", metadata?.name ?? offer.displayName)
            json.member("obsoletes", metadata?.obsoletes.nonEmpty)
            json.member("obsoletes_dist", metadata?.obsoletesDist.nonEmpty)
            json.member("platform", metadata?.platforms.first)
            json.member("platforms", metadata?.platforms.nonEmpty)
            json.key("project_urls")
            writeProjectURLs(into: &json)
            json.member("provides", metadata?.provides.nonEmpty)
            json.member("provides_dist", metadata?.providesDist.nonEmpty)
            json.member("provides_extra", metadata?.providesExtra.nonEmpty)
            json.member("requires", metadata?.requires.nonEmpty)
            json.member("requires_dist", metadata?.requiresDist.nonEmpty)
            json.member("requires_external", metadata?.requiresExternal.nonEmpty)
            json.member("requires_python", metadata?.requiresPython ?? described.simple.requiresPython)
            json.member("summary", metadata?.summary)
            json.member("supported_platforms", metadata?.supportedPlatforms.nonEmpty)
            json.member("version", described.versionText)
            json.key("yanked")
            json.boolean(described.simple.yanked != .no)
            json.member("yanked_reason", described.simple.yanked.reason)
            json.key("project_status")
            json.object { json in
                json.member("status", offer.status.rawValue)
                json.member("reason", offer.statusReason)
            }
        }
    }

    private func writeProjectURLs(into json: inout JSONWriter) {
        guard let urls = metadata?.projectURLs, !urls.isEmpty else { return json.null() }
        json.object { json in
            var written: Set<String> = []
            for url in urls where written.insert(url.label).inserted { json.member(url.label, url.url) }
        }
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

    /// Writes a file; what an upstream does not state is null.
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

extension JSONWriter {
    /// Writes a member whose value is an array of strings, or null for none.
    fileprivate mutating func member(_ key: String, _ values: [String]?) {
        self.key(key)
        guard let values else { return null() }
        array { json in
            for value in values { json.string(value) }
        }
    }
}

extension Array {
    fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
