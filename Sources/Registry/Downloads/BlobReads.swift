import PackagingStandards

/// Opens stored bytes. Those who want the same small ones at the same time share one trip to the storage.
struct BlobReads: Sendable {
    private let storage: any Storage
    /// The most bytes of a file that is opened whole.
    private let most: Int
    private let running = SharedTasks<BlobName, OpenedObject?>()

    init(_ storage: any Storage, wholeUpTo most: Int) {
        self.storage = storage
        self.most = most
    }

    /// Opens a blob of a size as `Storage.open` does: small ones whole. Returns nil if storage lacks it.
    func open(_ blob: BlobName, size: Int64?) async throws -> OpenedObject? {
        if let size, size <= most {
            let found = try await running.value(for: blob) { [storage, most] in
                try await storage.open(.blob(blob), wholeUpTo: most)
            }
            // A trip that found nothing may have begun before the bytes were stored.
            if let found { return found }
        }
        return try await storage.open(.blob(blob), wholeUpTo: most)
    }
}
