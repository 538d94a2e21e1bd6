import CellarHTTP
import NIOCore
import PackagingStandards
import Registry

/// The files that an index lists of a project, as its page tells them to any client.
struct ProjectFiles: Sendable {
    struct Entry: Sendable {
        let name: DistributionFilename
        let file: SimpleFile
        let address: FileAddress
    }

    let project: NormalizedName
    let index: IndexName
    let entries: [Entry]
    /// The names of files that were published in the index and deleted.
    let deleted: Set<String>

    /// Reads the page that the server would answer.
    ///
    /// - Parameters:
    ///   - project: The project.
    ///   - index: The index whose page it is.
    ///   - registry: Where the page is had.
    /// - Throws: What `Registry.projectPage` does, `.internal` where the page can't be read, and a `CommandFailure` where
    ///   there is none, since the index sends clients elsewhere.
    init(of project: NormalizedName, in index: IndexName, from registry: Registry) async throws {
        let answer = try await registry.pages.project(project, form: .json, in: index, caller: .localOperator)
        guard case .page(let page) = answer else {
            throw CommandFailure(
                .failed, "the index \(index) sends clients to its upstream (fallback = \"redirect\") and keeps nothing")
        }
        let root = "http://cellar.invalid"
        let reader = SimplePageReader(pageURL: "\(root)/\(index)/simple/\(project)/", maxFiles: .max)
        let read: SimpleProjectPage
        do {
            read = try reader.json(page.body(.identity).body.bytes)
        } catch {
            throw RegistryError(.internal, "The page of \(project) can't be read.", cause: error)
        }
        self.project = project
        self.index = index
        deleted = try await registry.management.deletedFiles(of: project, in: index)
        entries = read.files.compactMap { file in
            guard file.url.hasPrefix(root), let name = DistributionFilename(file.filename, project: project),
                case .file(let address, false)? = try? Address(path: file.url.dropFirst(root.count))
            else { return nil }
            return Entry(name: name, file: file, address: address)
        }
    }

    /// Which files a list wants, or why they can't be had.
    struct Choice: Sendable {
        /// A file, and the digest that it must have; nil where any will do.
        var wanted: [(entry: Entry, sha256: SHA256Digest?)] = []
        /// Which version was chosen, where the list left it open.
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
            let told = entry.file.sha256
            if let expected = file.sha256, let told, told != expected.description {
                choice.failures.append(
                    "\(file.filename): its SHA-256 is \(told) in the index \(index), and \(expected) in the lock file")
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

    /// The version that is named, yanked or not; else the newest that is allowed and has a file that is not yanked
    /// (PEP 592), pre-releases last (PEP 440).
    private func version(_ specifiers: SpecifierSet) -> Version? {
        let listed = specifiers.namesOneVersion ? entries : entries.filter { $0.file.yanked == .no }
        return specifiers.filter(Array(Set(listed.map(\.name.version)))).max()
    }
}

extension ProjectFiles.Entry {
    /// Whether the file has one of these digests, as far as the page tells digests of their kinds.
    fileprivate func mayHave(oneOf hashes: [SimpleFile.Digest]) -> Bool {
        let told = file.otherDigests + (file.sha256.map { [SimpleFile.Digest(algorithm: "sha256", hex: $0)] } ?? [])
        let comparable = hashes.filter { hash in told.contains { $0.algorithm == hash.algorithm } }
        return comparable.isEmpty || comparable.contains { told.contains($0) }
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
