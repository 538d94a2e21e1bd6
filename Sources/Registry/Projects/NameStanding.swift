/// Who owns a name, as far as the database knows.
public struct NameStanding: Sendable, Hashable {
    /// The project's origin in the index that was asked about, or nil if that index does not know the name.
    public let origin: ProjectOrigin?
    /// Whether any index of this server, declared or hidden, has published it, deleted files too, or keeps it reserved.
    public let isPublishedAnywhere: Bool

    public init(origin: ProjectOrigin?, isPublishedAnywhere: Bool) {
        self.origin = origin
        self.isPublishedAnywhere = isPublishedAnywhere
    }
}
