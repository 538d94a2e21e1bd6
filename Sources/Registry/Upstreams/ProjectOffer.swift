import PackagingStandards

/// What an index offers of a project to a caller: its own files, or its upstreams', or both, with what policies say.
struct ProjectOffer: Sendable {
    let name: NormalizedName
    /// The name as it was first spelt here.
    var displayName: String
    var status: ProjectStatus = .active
    var statusReason: String?
    /// The serial of the project's last change in the index; 0 where the index has no record of it.
    var serial: Int64 = 0
    /// In the order in which pages list them; those that policies hold back too.
    var files: [ListedFile] = []
    /// The moment until which all this holds by itself; nil for as long as nothing changes.
    var goodUntil: Timestamp?
    /// Whether it comes from an upstream rather than from somebody who published it here.
    var isForeign = false
    /// Whether the upstream failed when it was last asked.
    var isStale = false

    /// The files that are listed: none of a quarantined project's (PEP 792).
    var listedFiles: [ListedFile] {
        files.indices.filter(isListed).map { files[$0] }
    }

    /// Whether the file at a place of `files` is listed.
    func isListed(_ place: Int) -> Bool {
        status.allowsDownloads && files[place].isAllowed
    }

    /// Adds files of another place behind those that are here; one whose name or key is taken is left out.
    mutating func append(_ others: [ListedFile]) {
        guard !files.isEmpty else { return files = others }
        var names = Set(files.map(\.filename))
        var keys = Set(files.map(\.fileKey))
        for file in others where !names.contains(file.filename) && !keys.contains(file.fileKey) {
            names.insert(file.filename)
            keys.insert(file.fileKey)
            files.append(file)
        }
    }

    /// Holds files to a policy. What another policy already holds back stays so.
    mutating func apply(_ evaluator: PolicyEvaluator) {
        let policy = evaluator.forProject(name)
        for position in files.indices where files[position].isAllowed {
            let verdict = policy.verdict(on: files[position].subject(of: name))
            files[position].verdict = verdict
            if case .remote(var remote) = files[position].place,
                let limit = policy.sizeLimit(of: files[position].version)
            {
                remote.maxSize = min(remote.maxSize ?? limit, limit)
                files[position].place = .remote(remote)
            }
            if let moment = verdict.changesAt { limit(to: moment) }
        }
    }

    /// Says that all this holds until a moment at the latest.
    mutating func limit(to moment: Timestamp) {
        goodUntil = goodUntil.map { min($0, moment) } ?? moment
    }
}
