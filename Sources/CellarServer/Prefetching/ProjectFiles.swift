import PackagingStandards
import Registry

/// The files that an index lists of a project for any client.
struct ProjectFiles: Sendable {
    let project: NormalizedName
    let index: IndexName
    let entries: [FileListing]
    /// The names of files that were published in the index and deleted.
    let deleted: Set<String>

    /// Reads what an index offers.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - index: The index that offers it.
    ///   - registry: What the index belongs to.
    /// - Throws: What `Pages.files` does, and a `CommandFailure` if the index sends clients elsewhere.
    init(of project: NormalizedName, in index: IndexName, from registry: RegistryServices) async throws {
        guard let files = try await registry.pages.files(of: project, in: index, caller: .localOperator) else {
            throw CommandFailure(
                .failed, "the index \(index) sends clients to its upstream (fallback = \"redirect\") and keeps nothing")
        }
        self.project = project
        self.index = index
        entries = files
        deleted = try await registry.management.deletedFiles(of: project, in: index)
    }

    /// Which files a list wants, or why they cannot be fetched.
    struct Choice: Sendable {
        /// A file, and the digest that it must have; nil if any will do.
        var wanted: [(entry: FileListing, sha256: SHA256Digest?)] = []
        /// Which version was chosen, if the list left it open.
        var note: String?
        var failures: [String] = []
    }

    /// Chooses what an item of a list means.
    func choose(_ selection: PrefetchList.Selection, _ filter: WheelFilter) -> Choice {
        switch selection {
        case .files(let files): choose(files, filter)
        case .release(let specifiers, let hashes): choose(specifiers, hashes, filter)
        }
    }

    private func choose(_ files: [PrefetchList.LockedFile], _ filter: WheelFilter) -> Choice {
        var choice = Choice()
        for file in files {
            if let name = DistributionFilename(file.filename, project: project), !filter.takes(name) { continue }
            guard let entry = entries.first(where: { $0.file.filename == file.filename }) else {
                choice.failures.append(
                    deleted.contains(file.filename)
                        ? "\(file.filename): it was published in the index \(index), and deleted"
                        : "\(file.filename): the index \(index) does not list it\(Self.advice(file, project))")
                continue
            }
            let stated = entry.file.sha256
            if let expected = file.sha256, let stated, stated != expected.description {
                choice.failures.append(
                    "\(file.filename): its SHA-256 is \(stated) in the index \(index), and \(expected) in the lock file"
                )
                continue
            }
            choice.wanted.append((entry, file.sha256))
        }
        return choice
    }

    private static func advice(_ file: PrefetchList.LockedFile, _ project: NormalizedName) -> String {
        guard let name = DistributionFilename(file.filename, project: project) else { return "" }
        return " (`cellar why \(project)==\(name.version)` says why)"
    }

    private func choose(
        _ specifiers: SpecifierSet, _ hashes: [SimpleFile.Digest], _ filter: WheelFilter
    ) -> Choice {
        var choice = Choice()
        let wanted = "\(project)\(specifiers)"
        guard let version = version(specifiers) else {
            let gone = deleted.compactMap { DistributionFilename($0, project: project)?.version }
            choice.failures = [
                specifiers.filter(Array(Set(gone))).isEmpty
                    ? "\(wanted): the index \(index) lists no such version (`cellar why \(project)` says why)"
                    : "\(wanted): it was published in the index \(index), and deleted"
            ]
            return choice
        }
        if !specifiers.namesOneVersion { choice.note = "\(wanted): took \(version)" }
        let release = entries.filter { $0.name.version == version }
        let matching = release.filter { hashes.isEmpty || $0.mayHave(oneOf: hashes) }
        let fitting = matching.filter { filter.takes($0.name) }
        if matching.isEmpty {
            choice.failures = ["\(project) \(version): no file of it in the index \(index) has one of the hashes"]
        } else if fitting.isEmpty {
            choice.failures = ["\(project) \(version): no file of it fits --platform and --python"]
        }
        choice.wanted = fitting.map { ($0, nil) }
        return choice
    }

    /// Returns the version that is named, yanked or not; else the newest that is allowed and has a file that is not
    /// yanked (PEP 592), pre-releases last (PEP 440).
    private func version(_ specifiers: SpecifierSet) -> Version? {
        let listed = specifiers.namesOneVersion ? entries : entries.filter { $0.file.yanked == .no }
        return specifiers.filter(Array(Set(listed.map(\.name.version)))).max()
    }
}

extension FileListing {
    /// Returns whether the file may have one of these digests, by those of their kinds that the page states.
    fileprivate func mayHave(oneOf hashes: [SimpleFile.Digest]) -> Bool {
        let stated = file.otherDigests + (file.sha256.map { [SimpleFile.Digest(algorithm: "sha256", hex: $0)] } ?? [])
        let comparable = hashes.filter { hash in stated.contains { $0.algorithm == hash.algorithm } }
        return comparable.isEmpty || comparable.contains { stated.contains($0) }
    }
}

extension SpecifierSet {
    /// Whether only one version can be meant: `==1.0`, not `==1.*`.
    var namesOneVersion: Bool {
        specifiers.contains { clause in
            clause.operator == .arbitrary || (clause.operator == .equal && !clause.version.hasSuffix("*"))
        }
    }
}
