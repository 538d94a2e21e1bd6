import PackagingStandards

extension Explanation {
    /// Lines for people: first about the project, then about its releases, the last version first. For one version, all
    /// files are listed; for a whole project, only the releases of which there is something to say.
    public var lines: [String] {
        [title] + privacyLines + sources.map(Self.line) + claimLines + stateLines + releaseLines
    }

    private var releaseLines: [String] {
        guard version == nil, let last = releases.first(where: \.isListed) else { return releases.flatMap(Self.lines) }
        var lines: [String] = []
        var rest = releases[...]
        while let release = rest.first {
            let plain = rest.prefix(while: \.isPlain)
            if let oldest = plain.last {
                lines.append(
                    plain.count == 1
                        ? "\(release.version): listed"
                        : "\(release.version) to \(oldest.version): \(plain.count) releases, listed")
                rest = rest.dropFirst(plain.count)
            } else {
                lines += Self.lines(release)
                rest = rest.dropFirst()
            }
        }
        return lines + ["for the files of a release, ask for it: \(project)==\(last.version)"]
    }

    private var title: String {
        let what = version.map { "\(project) \($0)" } ?? "\(project)\(specifiers?.description ?? "")"
        return switch origin {
        case .local: "\(what) in the index \(index): published here"
        case .reserved: "\(what) in the index \(index): the name is reserved for this server's own"
        case .upstream(let id): "\(what) in the index \(index): from \(id)"
        case .released, nil: "\(what) in the index \(index): the index does not know the name yet"
        }
    }

    private var privacyLines: [String] {
        privacy.map { cause in
            switch cause {
            case .reserved(let pattern, let index):
                "private: the pattern \"\(pattern)\" of the index \(index) matches; no upstream is asked for it"
            case .published(let index):
                "private: the index \(index) has published or claimed it; no upstream is asked for it"
                    + wayOut(of: index)
            }
        }
    }

    /// Returns how to give a name without published files back to the upstreams.
    private func wayOut(of owner: IndexName) -> String {
        let isPublished = releases.contains { release in
            release.files.contains { file in
                if case .published = file.place { true } else { false }
            }
        }
        guard version == nil, !isPublished else { return "" }
        return " (`cellar project release \(project) --index \(owner)` gives it back, if no published file is left)"
    }

    /// What publishing the name takes, if files of it are cached.
    private var claimLines: [String] {
        let isKept = releases.contains { release in
            release.files.contains { file in
                if case .kept = file.place { true } else { false }
            }
        }
        guard isKept, case .upstream = origin, !isMirrored else { return [] }
        return [
            "files of it are kept: publishing it takes the right claim "
                + "(`cellar project claim \(project) --index \(index)`)"
        ]
    }

    private static func line(_ source: Source) -> String {
        let name =
            switch source.reference {
            case .remote(let id): "upstream \(id)"
            case .index(let name): "index \(name)"
            }
        let use =
            switch source.use {
            case .owner: "has the project"
            case .asked: "is asked in its turn"
            case .askedUnlessPrivate:
                "is asked in its turn, unless the name is private in an index that you may not read"
            case .notForPrivateNames: "is never asked for a private name"
            case .ownedElsewhere: "is not asked, since the project is another's"
            case .redirect: "is where clients are sent"
            case .behindRedirect: "is not asked, since clients are sent elsewhere"
            case .mayNotUpdate: "is not asked for you: you lack the right cache_update"
            }
        var line = "\(name) \(use)"
        if let url = source.url { line += ": \(url)" }
        if let fetchedAt = source.fetchedAt, let freshUntil = source.freshUntil {
            line += " (page of \(fetchedAt.textInSeconds), good until \(freshUntil.textInSeconds))"
        }
        return line
    }

    private var stateLines: [String] {
        var lines: [String] = []
        if isMirrored { lines.append("mirrored: upstream's files stand beside those that are published here") }
        if fallback == .none { lines.append("the index looks nowhere else (fallback = \"none\")") }
        if isStale { lines.append("the upstream fails: an old copy of its page is used") }
        if let failure { lines.append("not all is known: \(failure)") }
        if status != .active {
            lines.append("status: \(status.rawValue)" + (statusReason.map { " (\($0))" } ?? ""))
        }
        if !status.allowsDownloads { lines.append("no file is listed while the project is quarantined") }
        if releases.isEmpty {
            let what = version.map { "version \($0)" } ?? specifiers.map { "any version \($0)" } ?? "any file"
            lines.append("nothing is known here of \(what)")
        }
        return lines
    }

    private static func lines(_ release: Release) -> [String] {
        ["\(release.version): \(release.isListed ? "listed" : "not listed")"] + release.files.map { "  \(line($0))" }
    }

    /// Removes the spaces at the end that some reasons have.
    private static func trimmed(_ text: String) -> Substring {
        var text = text[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }

    private static func line(_ file: File) -> String {
        let place =
            switch file.place {
            case .published(let index): "published in \(index)"
            case .kept(let index, let upstream): "kept in \(index), from \(upstream)"
            case .remote(let upstream): "at \(upstream), not kept yet"
            }
        var parts = [place]
        if case .yes(let reason) = file.yanked {
            parts.append("yanked" + (reason.map { " (\(Self.trimmed($0)))" } ?? ""))
        }
        if !file.verdict.isAllowed {
            parts.append("held back: \(file.verdict.text)")
        } else if let exception = file.verdict.exception {
            let end = exception.expiresAt.map { " until \($0.textInSeconds)" } ?? ""
            parts.append("let through by an exception of \(exception.createdBy)\(end): \(exception.reason)")
        }
        if file.isLocked { parts.append("still to be downloaded, since it was kept before") }
        return "\(file.filename): " + parts.joined(separator: "; ")
    }
}

extension Explanation.Release {
    /// Whether there is nothing to say of it but that it is listed.
    fileprivate var isPlain: Bool {
        isListed
            && files.allSatisfy { file in
                file.verdict.isAllowed && file.verdict.exception == nil && file.yanked == .no && !file.isLocked
            }
    }
}
