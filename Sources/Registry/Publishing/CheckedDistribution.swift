import LocalFiles
import NIOCore
import PackagingStandards

/// The checked archive of an upload.
struct CheckedDistribution: Sendable {
    /// The core metadata as in the archive, byte for byte.
    let metadataBytes: ByteBuffer
    let metadataDigest: SHA256Digest
    let metadata: CoreMetadata
    /// Whether installers may resolve by the core metadata, so that pages state them.
    let advertisesMetadata: Bool

    /// Opens and checks an archive, and its core metadata against the form. Blocks, and computes for long.
    ///
    /// Throws `.invalidRequest`, stating what is wrong.
    init(_ file: SpooledFile, form: CheckedForm, limits: ArchiveLimits) throws {
        let bytes = try Self.inspect(file, form: form, limits: limits)
        metadataBytes = ByteBuffer(bytes: bytes)
        metadataDigest = SHA256Digest(hashing: metadataBytes)
        do {
            metadata = try CoreMetadata(parsing: bytes)
        } catch {
            throw invalid(
                "\(Self.metadataName(of: form)) in \(form.filenameText) cannot be used: \(error). Build the file again "
                    + "with a newer build tool.")
        }
        advertisesMetadata =
            switch form.filename {
            case .wheel: true
            case .sourceDistribution, .older: metadata.hasStaticDependencies
            }
        try checkBounds(form)
        try checkAgreement(with: form)
    }

    private static func inspect(
        _ file: SpooledFile, form: CheckedForm, limits: ArchiveLimits
    ) throws -> [UInt8] {
        do throws(ArchiveError) {
            switch form.filename {
            case .wheel(let wheel):
                return try WheelArchive.inspect(file, limits: limits) { distInfo in
                    Self.names(distInfo, wheel)
                }.metadata
            case .older: throw ArchiveError("it is neither a wheel nor a source distribution")
            case .sourceDistribution(let sdist):
                return try SourceDistributionArchive.inspect(
                    file, format: sdist.format, limits: limits
                ).metadata
            }
        } catch {
            guard error.kind == .refused else {
                throw RegistryError(.internal, "The upload could not be read back from the spool.", cause: error)
            }
            throw invalid(
                "\(form.filenameText) cannot be used: \(error.reason). \(error.advice ?? Self.advice(on: form))")
        }
    }

    /// Returns what helps against nearly every fault of an archive.
    private static func advice(on form: CheckedForm) -> String {
        switch form.filename {
        case .wheel:
            "Build the wheel again with a newer build tool; one that was changed by hand needs `wheel tags` or `wheel pack`, "
                + "which write RECORD."
        case .sourceDistribution, .older: "Build the source distribution again with a newer build tool."
        }
    }

    private static func metadataName(of form: CheckedForm) -> String {
        if case .wheel = form.filename { "METADATA" } else { "PKG-INFO" }
    }

    /// Returns the error about two values that contradict each other.
    private static func contradiction(
        _ field: String, _ own: String, _ form: CheckedForm, _ sentField: String, _ sent: String
    ) -> RegistryError {
        invalid(
            """
            \(metadataName(of: form)) in \(form.filenameText) says \(field) \(quoted(own)), but the field \(sentField) says \
            \(quoted(sent)). Build the file again, and upload it with a current tool.
            """)
    }

    /// Returns whether `{name}-{version}`, the name of the `.dist-info` folder, agrees with a wheel's file name.
    private static func names(_ distInfo: String, _ wheel: WheelFilename) -> Bool {
        guard let dash = distInfo.lastIndex(of: "-") else { return false }
        let version = String(distInfo[distInfo.index(after: dash)...])
        return NormalizedName(distInfo[..<dash]) == wheel.name && Version(version) == wheel.version
    }

    /// Refuses texts that are too long for rows, manifests and pages.
    private func checkBounds(_ form: CheckedForm) throws {
        let bounded = [
            ("Summary", metadata.summary, FieldBound.line),
            ("Requires-Python", metadata.requiresPython, FieldBound.requiresPython),
            ("Version", metadata.version, FieldBound.version),
        ]
        for (field, value, bound) in bounded {
            guard let size = value?.utf8.count, size > bound else { continue }
            throw invalid(
                "The \(field) in the core metadata of \(form.filenameText) has \(size) bytes; "
                    + "\(bound) are the most that are accepted.")
        }
    }

    private func checkAgreement(with form: CheckedForm) throws {
        guard NormalizedName(metadata.name) == form.project else {
            throw Self.contradiction("Name", metadata.name, form, "name", form.displayName)
        }
        guard Version(metadata.version) == form.version else {
            throw Self.contradiction("Version", metadata.version, form, "version", form.versionSpelling)
        }
        guard let sent = form.requiresPython, let own = metadata.requiresPython,
            let sentSet = SpecifierSet(sent), let ownSet = SpecifierSet(own), sentSet != ownSet
        else { return }
        throw Self.contradiction("Requires-Python", own, form, "requires_python", sent)
    }
}
