import PackagingStandards
import Registry

/// Puts releases and files of a project into words.
struct FileMaker {
    let detail: ProjectDetail
    /// Downloads by file name.
    let downloads: [String: Int64]
    let visit: PageVisit

    // MARK: Releases

    func row(_ release: DetailedRelease, downloads: Int64, isShown: Bool) -> ProjectModel.Row {
        ProjectModel.Row(
            version: release.versionText,
            path: ProjectAddress(detail.name, version: release.version, in: detail.index).path,
            isShown: isShown, moment: release.publishedAt?.iso8601, date: release.publishedAt.map(visit.date),
            tags: tags(of: release), reasons: reasons(of: release), files: visit.files(release.files.count),
            size: visit.size(release.size), downloads: visit.downloads(downloads))
    }

    func tags(of release: DetailedRelease) -> [Tag] {
        var tags: [Tag] = []
        if release.isPrerelease { tags.append(Tag(kind: "info", text: visit.text("project.prerelease"))) }
        if release.yanked != .no { tags.append(Tag(kind: "warn", text: visit.text("project.yanked"))) }
        if release.isQuarantined { tags.append(Tag(kind: "bad", text: visit.text("project.status.quarantined"))) }
        if release.isHeldBack { tags.append(Tag(kind: "bad", text: visit.text("project.held"))) }
        return tags
    }

    /// Says why a release is yanked or held back.
    func reasons(of release: DetailedRelease) -> [String] {
        reasons(release.yanked, release.isHeldBack ? release.reasons : [])
    }

    private func reasons(_ yanked: Yanked, _ held: [PolicyReason]) -> [String] {
        var reasons: [String] = []
        if case .yes(let reason?) = yanked {
            reasons.append(visit.text("project.yanked.reason", ["reason": Foreign.line(reason)]))
        }
        return reasons + held.map { visit.text("project.held.reason", ["reason": visit.words(for: $0)]) }
    }

    // MARK: Files

    func file(_ file: DetailedFile) -> ProjectModel.File {
        var tags = [signature(of: file)]
        if file.yanked != .no { tags.append(Tag(kind: "warn", text: visit.text("project.yanked"))) }
        if !file.verdict.isAllowed { tags.append(Tag(kind: "bad", text: visit.text("project.held"))) }
        if file.isLocked { tags.append(Tag(kind: "info", text: visit.text("project.locked"))) }
        let link = file.isListed ? "\(detail.index)/\(file.address)" : nil
        return ProjectModel.File(
            name: file.filename, link: link, isListed: file.isListed, kind: visit.words(for: file.kind),
            size: file.size.map(visit.size), moment: file.uploadedAt?.iso8601,
            date: file.uploadedAt.map(visit.date), uploader: uploader(of: file),
            requiresPython: file.requiresPython.map(Foreign.line), digests: file.digests, tags: tags,
            reasons: reasons(file.yanked, file.verdict.reasons),
            downloads: visit.downloads(downloads[file.filename] ?? 0), provenance: nil,
            metadata: file.hasMetadata ? link.map { $0 + ".metadata" } : nil)
    }

    /// Returns a file with what is known of its signature alone.
    func signedFile(_ file: DetailedFile) -> ProjectModel.File {
        var provenance: String?
        if case .verified(let address, _) = file.provenance { provenance = "\(detail.index)/\(address)" }
        return ProjectModel.File(
            name: file.filename, link: nil, isListed: file.isListed, kind: nil, size: nil, moment: nil, date: nil,
            uploader: nil, requiresPython: nil, digests: [], tags: [signature(of: file)], reasons: [], downloads: nil,
            provenance: provenance, metadata: nil)
    }

    private func signature(of file: DetailedFile) -> Tag {
        switch file.provenance {
        case .none: Tag(kind: "", text: visit.text("files.unsigned"))
        case .claimed: Tag(kind: "", text: visit.text("files.attested"))
        case .verified(_, let publishers):
            Tag(
                kind: "good",
                text: publishers.first.map {
                    visit.text("files.verified.publisher", ["publisher": Foreign.line($0.words)])
                } ?? visit.text("files.verified"))
        }
    }

    /// Says who uploaded a file, and how.
    func uploader(of file: DetailedFile) -> String? {
        let name = file.uploader ?? ""
        switch file.way {
        case .person, .unknown: return file.uploader.map { visit.text("files.by.person", ["name": $0]) }
        case .token(let token?): return visit.text("files.by.token.named", ["name": name, "token": token])
        case .token(nil): return visit.text("files.by.token", ["name": name])
        case .publisher: return visit.text("files.by.publisher", ["name": name])
        case .upstream(let upstream): return visit.text("files.by.upstream", ["upstream": upstream])
        }
    }
}

extension ProvenPublisher {
    /// The kind, the repository and the workflow, as far as there are any.
    var words: String { [kind, repository, workflow].compactMap(\.self).joined(separator: " · ") }
}
