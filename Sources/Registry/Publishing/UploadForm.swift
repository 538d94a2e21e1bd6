import LocalFiles
import PackagingStandards

/// The fields of an upload, without the file's bytes (the legacy upload API).
public struct UploadForm: Sendable {
    /// The file name that the client gave.
    public let filename: String
    private let fields: [String: [String]]
    /// Whether name and version are taken from the file name, so that the core metadata say how the name is spelt.
    let isNamedByFile: Bool

    /// The fields that are read; the others that clients send are also in the file's core metadata.
    private static let read: Set<String> = [
        ":action", "protocol_version", "name", "version", "filetype", "requires_python", "sha256_digest", "md5_digest",
        "blake2_256_digest", "attestations",
        // The name of the file's part, which some clients send as a field by mistake.
        "content",
    ]

    /// Returns whether a field is read: any other may be dropped as it comes in.
    public static func isRead(_ name: String) -> Bool { read.contains(name) }

    /// Makes a form from fields in the order in which they were sent.
    public init(filename: String, fields: [(name: String, value: String)]) {
        self.filename = filename
        self.fields = Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }
        isNamedByFile = false
    }

    /// Makes the form of a file of which nothing but its name is said, as when it is chosen in a browser.
    ///
    /// Throws `.invalidRequest` for a name that is not one of a distribution file.
    public init(namedBy filename: String) throws {
        let (name, version, type) = try Self.parts(of: filename)
        self.filename = filename
        fields = [":action": ["file_upload"], "name": [name], "version": [version], "filetype": [type]]
        isNamedByFile = true
    }

    private static func parts(of filename: String) throws -> (name: String, version: String, type: String) {
        if let wheel = WheelFilename(filename) {
            return (wheel.name.description, wheel.version.description, "bdist_wheel")
        }
        for suffix in [".tar.gz", ".zip"] where filename.hasSuffix(suffix) {
            let stem = filename.dropLast(suffix.count)
            guard let dash = stem.lastIndex(of: "-") else { continue }
            return (String(stem[..<dash]), String(stem[stem.index(after: dash)...]), "sdist")
        }
        throw RegistryError(
            .invalidRequest,
            """
            \(ShownText.quoted(filename)) is not the name of a distribution file: a wheel is called \
            {name}-{version}(-{build})-{python}-{abi}-{platform}.whl, a source distribution {name}-{version}.tar.gz.
            """)
    }

    /// Refuses any `:action` but an upload.
    ///
    /// Throws `.gone` for what PyPI's upload API once did, and `.invalidRequest` for anything else.
    public func checkAction() throws {
        guard let action = try single(":action"), action != "file_upload" else { return }
        switch action {
        case "submit", "submit_pkg_info", "verify":
            throw RegistryError(
                .gone, "Registering a project (\(action)) is not needed: its first upload makes it. Upload the files.")
        case "doc_upload":
            throw RegistryError(.gone, "Documentation (doc_upload) is not taken here. Upload distribution files only.")
        default:
            throw invalid("The field :action says \(quoted(action)), but only file_upload is done here.")
        }
    }

    /// Returns the value of a field, or nil if it is absent, empty, or the `UNKNOWN` of old setuptools.
    ///
    /// Throws `.invalidRequest` if it was sent more than once.
    fileprivate func single(_ name: String) throws -> String? {
        assert(Self.isRead(name), "\(name) is dropped before it could be read here")
        guard let values = fields[name] else { return nil }
        guard values.count == 1 else {
            throw RegistryError(.invalidRequest, "The field \(name) was sent \(values.count) times; send it once.")
        }
        let value = values[0]
        return value.isEmpty || value == "UNKNOWN" ? nil : value
    }

    /// Returns the value of a field, or nil. Throws `.invalidRequest` if it has more than `bound` bytes, or was sent
    /// more than once.
    fileprivate func single(_ name: String, atMost bound: Int) throws -> String? {
        guard let value = try single(name) else { return nil }
        guard value.utf8.count <= bound else {
            throw RegistryError(
                .invalidRequest,
                "The field \(name) has \(value.utf8.count) bytes; \(bound) are the most that are accepted.")
        }
        return value
    }

    /// Returns the value of a field that must be sent. Throws `.invalidRequest` if it is missing, has more than `bound`
    /// bytes, or was sent more than once.
    fileprivate func required(_ name: String, atMost bound: Int = FieldBound.line) throws -> String {
        guard let value = try single(name, atMost: bound) else {
            throw RegistryError(.invalidRequest, "The field \(name) is missing.")
        }
        return value
    }
}

/// The fields of an upload, checked against each other and the file name; the archive is not opened yet.
struct CheckedForm {
    let project: NormalizedName
    let displayName: String
    let isNamedByFile: Bool
    let version: Version
    let versionSpelling: String
    let filename: DistributionFilename
    let filenameText: String
    /// The digest of the bytes that came.
    let digest: SHA256Digest
    let attestations: SentAttestations?
    /// The field `requires_python`, which must agree with the archive.
    let requiresPython: String?

    /// Checks a form (legacy upload API).
    ///
    /// Throws `.invalidRequest`, stating what is wrong.
    init(_ form: UploadForm, digests: FileDigests) throws {
        try Self.checkProtocol(form)
        displayName = try form.required("name")
        isNamedByFile = form.isNamedByFile
        guard let project = NormalizedName(displayName) else {
            throw invalid(
                """
                The field name says \(quoted(displayName)), which is not a valid project name: use ASCII letters, digits, '.', '_' and '-', \
                beginning and ending with a letter or digit.
                """)
        }
        self.project = project
        versionSpelling = try form.required("version", atMost: FieldBound.version)
        guard let version = Version(versionSpelling) else {
            throw invalid(
                "The field version says \(quoted(versionSpelling)), which is not a valid version (PEP 440), as 1.0 or 1.0rc1 is."
            )
        }
        self.version = version
        filenameText = form.filename
        filename = try Self.filename(form.filename, project: project, version: version)
        try Self.checkType(form, filename)
        try Self.checkDigests(form, digests)
        requiresPython = try form.single("requires_python", atMost: FieldBound.requiresPython)
        digest = digests.sha256
        attestations = try form.single("attestations", atMost: FieldBound.attestations).map {
            [filename, digest] text in try SentAttestations(text, filename: filename, digest: digest)
        }
    }

    private static func checkProtocol(_ form: UploadForm) throws {
        try form.checkAction()
        let version = try form.single("protocol_version")
        guard version == nil || version == "1" else {
            throw invalid("The field protocol_version says \(quoted(version ?? "")), but only 1 is known here.")
        }
    }

    private static func filename(
        _ text: String, project: NormalizedName, version: Version
    ) throws -> DistributionFilename {
        guard DistributionFilename.isSafe(text) else {
            throw invalid(
                "\(quoted(text)) is not a valid file name: it must be a plain name of ASCII letters, digits and ._+!-.")
        }
        guard [".whl", ".tar.gz", ".zip"].contains(where: text.hasSuffix) else { throw unsupportedType(text) }
        guard let filename = DistributionFilename(text, project: project) else {
            throw invalid(
                """
                \(quoted(text)) is not a valid file name for the project that the field name says, \(project): a wheel is called \
                {name}-{version}(-{build})-{python}-{abi}-{platform}.whl, a source distribution {name}-{version}.tar.gz. \
                Build the file again: renaming it by hand is not enough (`wheel tags` changes a wheel's tags).
                """)
        }
        if case .older = filename { throw unsupportedType(text) }
        guard filename.name == project else {
            throw invalid(
                """
                The file name \(quoted(text)) is of the project \(filename.name), but the field name says \(project). \
                Build the file again under the right name, and upload it with a current tool.
                """)
        }
        guard filename.version == version else {
            throw invalid(
                """
                The file name \(quoted(text)) is of version \(filename.version), but the field version says \(version). \
                Build the file again, and upload it with a current tool.
                """)
        }
        return filename
    }

    private static func unsupportedType(_ text: String) -> RegistryError {
        invalid(
            "\(quoted(text)) is of a type that is not supported: upload a wheel (.whl) or a source distribution "
                + "(.tar.gz or .zip).")
    }

    private static func checkType(_ form: UploadForm, _ filename: DistributionFilename) throws {
        guard let type = try form.single("filetype"), type != filename.packageType else { return }
        throw invalid(
            """
            The field filetype says \(quoted(type)), but the file name \(quoted(form.filename)) is that of a \
            \(filename.packageType). Upload the file with a current tool.
            """)
    }

    private static func checkDigests(_ form: UploadForm, _ digests: FileDigests) throws {
        let fields = [
            ("sha256_digest", digests.sha256.description), ("md5_digest", digests.md5),
            ("blake2_256_digest", digests.blake2b256),
        ]
        for (field, actual) in fields {
            guard let sent = try form.single(field)?.lowercased(), sent != actual else { continue }
            if field == LongBLAKE2Check.field, LongBLAKE2Check.isLong(sent) { continue }
            guard sent.utf8.count == actual.utf8.count else {
                throw invalid(
                    """
                    The field \(field) says \(quoted(sent)), which is no such digest: it has \(actual.utf8.count) \
                    hexadecimal digits.
                    """)
            }
            throw differs(field, sent: sent, actual: actual)
        }
    }
}

/// Verifies a BLAKE2b digest of 512 bits, which setuptools 51 to 57 send in the field for one of 256 bits.
enum LongBLAKE2Check {
    static let field = "blake2_256_digest"
    private static let blockSize: Int64 = 1 << 20

    /// Returns whether a digest has the 128 digits of 512 bits.
    static func isLong(_ digest: String) -> Bool { digest.utf8.count == 128 }

    /// Returns whether a form needs the check, which reads the file again.
    static func isNeeded(by form: UploadForm) throws -> Bool {
        try form.single(field).map(isLong) ?? false
    }

    /// Throws `.invalidRequest` if the form has such a digest and the file another. Blocks, and computes for long.
    static func check(_ form: UploadForm, _ file: SpooledFile) throws {
        guard let sent = try form.single(field)?.lowercased(), isLong(sent) else { return }
        let actual = try digest(of: file)
        guard sent == actual else { throw differs(field, sent: sent, actual: actual) }
    }

    private static func digest(of file: SpooledFile) throws -> String {
        do {
            var hash = BLAKE2b(.bits512)
            var offset: Int64 = 0
            while offset < file.size {
                let block = try file.read(at: offset, count: Int(min(blockSize, file.size - offset)))
                hash.update(block)
                offset += Int64(block.count)
            }
            return hash.hexDigest
        } catch {
            throw RegistryError(.internal, "The upload could not be read back from the spool.", cause: error)
        }
    }
}

/// Returns the error about a digest that was sent and is not the file's digest.
private func differs(_ field: String, sent: String, actual: String) -> RegistryError {
    invalid(
        """
        The field \(field) says \(quoted(sent)), but the file that came has \(quoted(actual)). It may have been damaged on \
        the way: upload it again.
        """)
}

/// Returns the error about a request that is useless to send again unchanged.
func invalid(_ message: String) -> RegistryError {
    RegistryError(.invalidRequest, message)
}

/// Returns a client's text in quotes, safe for a message, which becomes a reason phrase.
func quoted(_ text: String) -> String {
    ShownText.quotedInASCII(text)
}
