package import PackagingStandards
package import Registry

extension SQLDatabase {
    package func upstreamPage(of project: NormalizedName, from upstream: String) async throws -> StoredUpstreamPage? {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func keepUpstreamPage(_ page: StoredUpstreamPage, pins: [UpstreamPin]) async throws {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func renewUpstreamPage(
        of project: NormalizedName, from upstream: String, validators: PageValidators, fetchedAt: Timestamp,
        freshUntil: Timestamp
    ) async throws {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func forgetUpstreamPage(of project: NormalizedName, from upstream: String) async throws {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func pins(of project: NormalizedName, from upstream: String) async throws -> [String: UpstreamPin] {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func pin(_ pin: UpstreamPin, project: NormalizedName, upstream: String) async throws -> UpstreamPin {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func standing(of project: NormalizedName, in index: IndexName) async throws -> NameStanding {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func adopt(
        _ project: NormalizedName, displayName: String, from upstream: String, in index: IndexName, mayMix: Bool,
        at moment: Timestamp
    ) async throws -> ProjectOrigin? {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func claim(_ project: NormalizedName, in index: IndexName, by change: ChangeAuthor) async throws -> [CachedFile] {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func cache(_ file: NewFile, from source: FileSource, mayMix: Bool) async throws -> CacheOutcome {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func followYanked(
        _ yanked: [String: Yanked], of project: NormalizedName, in index: IndexName, from upstream: String,
        at moment: Timestamp
    ) async throws -> Bool {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func cachedFiles(in index: IndexName?) async throws -> [CachedFile] {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func cachedBytes(in index: IndexName) async throws -> Int64 {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func recordDownloads(_ downloads: [DownloadCount]) async throws {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func prune(_ files: [CachedFile], by change: ChangeAuthor) async throws -> Set<BlobName> {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func addException(_ exception: PolicyException, by change: ChangeAuthor) async throws -> PolicyException {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func exceptions(of project: NormalizedName?, in index: IndexName) async throws -> [PolicyException] {
        throw RegistryError(.internal, "This is not made yet.")
    }

    package func removeException(_ id: Int64, in index: IndexName, by change: ChangeAuthor) async throws -> Bool {
        throw RegistryError(.internal, "This is not made yet.")
    }
}
