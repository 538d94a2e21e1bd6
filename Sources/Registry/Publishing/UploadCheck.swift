import PackagingStandards

/// What an upload says of itself, checked against its file name; the archive is not looked at yet.
struct CheckedForm {
    let project: NormalizedName
    let displayName: String
    let version: Version
    let versionSpelling: String
    let filename: DistributionFilename
    let filenameText: String
    let attestations: String?
    /// What the form says of Requires-Python.
    let requiresPython: String?

    /// Checks a form (legacy upload API).
    ///
    /// Throws `.invalidRequest`, saying what was wrong.
    init(_ form: UploadForm, digests: FileDigests) throws {
        try Self.checkProtocol(form)
        displayName = try form.required("name")
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
        attestations = try form.single("attestations", atMost: FieldBound.attestations)
        if let attestations {
            try AttestationCheck.check(attestations, digest: digests.sha256)
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

/// An error about a digest that was sent and is another than the file's.
func differs(_ field: String, sent: String, actual: String) -> RegistryError {
    invalid(
        """
        The field \(field) says \(quoted(sent)), but the file that came has \(quoted(actual)). It may have been damaged on \
        the way: upload it again.
        """)
}

/// An error about a request that is useless to send again unchanged.
func invalid(_ message: String) -> RegistryError {
    RegistryError(.invalidRequest, message)
}

/// A client's text as a message may show it, which becomes a reason phrase.
func quoted(_ text: String) -> String {
    ShownText.quotedInASCII(text)
}
