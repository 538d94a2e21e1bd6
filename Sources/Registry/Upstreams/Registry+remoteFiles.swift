import PackagingStandards

/// Where the file of an address is, when the index of the address does not keep it itself.
struct ElsewhereFile: Sendable {
    enum Place: Sendable {
        /// In another index of this server.
        case index(FileAddress)
        /// At an upstream.
        case remote(RemoteFile)
    }

    let place: Place
    /// The moment until which that holds by itself; nil for as long as nothing changes.
    let goodUntil: Timestamp?
}

extension Registry {
    /// Finds a file that an index offers without keeping it; nil where it does not.
    ///
    /// Throws `.blocked` where a policy holds the file back or the project is quarantined, and `.unavailable` where an
    /// upstream that may have it fails.
    func elsewhere(_ address: FileAddress, caller: Caller) async throws -> ElsewhereFile? {
        let settings = try requireRead(caller, in: address.index)
        guard settings.fallback != .none, !settings.upstreams.isEmpty else { return nil }
        var failure: RegistryError?
        for project in Self.projects(of: address) {
            guard let wanted = DistributionFilename(address.filename, project: project) else { continue }
            do {
                let resolution = ProjectResolution(project, for: caller, in: self, wanted: wanted)
                guard let offer = try await resolution.offer(in: settings),
                    let file = offer.files.first(where: { $0.has(address) })
                else { continue }
                guard offer.status.allowsDownloads else { throw quarantined(project) }
                try requireAllowed(file, in: settings)
                return ElsewhereFile(place: file.elsewhere, goodUntil: offer.goodUntil)
            } catch let error as RegistryError where error.code == .unavailable {
                // The name of a source distribution may belong to several projects: another may be at hand.
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }

    /// Asks the policy whether a file that an index holds itself may be handed out, and until when that is sure; nil for
    /// as long as nothing changes.
    ///
    /// Throws `.blocked`.
    func requireAllowed(_ location: FileLocation, at address: FileAddress) async throws -> Timestamp? {
        let settings = try settings(of: address.index)
        if location.isCached {
            let standing = try await database.standing(of: location.project, in: address.index)
            guard !isPrivate(location.project, standing) else {
                throw RegistryError(
                    .blocked, "The name \(location.project) is reserved here: what a stranger calls so is not served.")
            }
        }
        let now = clock.now()
        guard location.isCached || settings.policy.concernsPublished,
            let evaluator = try await policyEvaluator(of: settings, now: now),
            let version = Version(location.version)
        else { return nil }
        let verdict = evaluator.verdict(
            on: PolicySubject(
                project: location.project, version: version, isWheel: location.packageType == "bdist_wheel",
                size: location.size, uploadedAt: try await birth(of: location, at: address),
                isPublishedHere: !location.isCached))
        guard verdict.isAllowed || (location.isCached && settings.policy.locksKept && !verdict.isDenial) else {
            throw heldBack(address.filename, by: verdict, in: settings.name)
        }
        return verdict.changesAt
    }

    /// When a file came to be: where an upstream's is kept, what is remembered of it tells.
    private func birth(of location: FileLocation, at address: FileAddress) async throws -> Timestamp {
        guard location.isCached,
            let record = try await database.project(location.project, in: address.index),
            let source = record.files.first(where: { $0.filename == address.filename })?.source,
            let pin = try await database.pins(of: location.project, from: source.upstream)[address.filename]
        else { return location.uploadedAt }
        return pin.firstSeenAt
    }

    func quarantined(_ project: NormalizedName) -> RegistryError {
        RegistryError(.blocked, "The project \(project) is quarantined: its files are not served.")
    }

    func heldBack(_ filename: String, by verdict: PolicyVerdict, in index: IndexName) -> RegistryError {
        RegistryError(.blocked, "The policy of the index \(index) holds back \(filename): \(verdict.text).")
    }

    /// Throws where policies hold a file back from download.
    private func requireAllowed(_ file: ListedFile, in settings: IndexSettings) throws {
        guard let verdict = file.verdict, !verdict.isAllowed else { return }
        if case .kept = file.place, settings.policy.locksKept, !verdict.isDenial { return }
        throw heldBack(file.filename, by: verdict, in: settings.name)
    }

    /// The projects that a file may belong to.
    private static func projects(of address: FileAddress) -> [NormalizedName] {
        switch address.locator {
        case .project(let project): [project]
        case .sha256: DistributionFilename.possibleProjects(of: address.filename)
        }
    }
}

extension ListedFile {
    /// Whether an address means this file.
    fileprivate func has(_ address: FileAddress) -> Bool {
        guard filename == address.filename else { return false }
        switch address.locator {
        case .project: return true
        case .sha256(let digest): return simple.sha256 == digest.description
        }
    }

    /// Where the bytes are to be had.
    fileprivate var elsewhere: ElsewhereFile.Place {
        switch place {
        case .published(let record, let index), .kept(let record, let index):
            .index(FileAddress(index: index, sha256: record.digests.sha256, filename: record.filename))
        case .remote(let remote): .remote(remote)
        }
    }
}
