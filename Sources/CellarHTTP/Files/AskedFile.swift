import Registry

/// What a request wants of a file.
struct AskedFile {
    let isMetadata: Bool
    let isPublic: Bool
    let isOpenToWebPages: Bool
    var conditions: RequestConditions
    let isHead: Bool

    /// The same without its range.
    var whole: AskedFile {
        var asked = self
        asked.conditions.range = nil
        return asked
    }

    func head(_ entry: ServableFile) -> FileResponse {
        FileResponse(
            entry, isMetadata: isMetadata, isPublic: isPublic, isOpenToWebPages: isOpenToWebPages,
            conditions: conditions, isHead: isHead)
    }

    /// Whether only a part is asked for, and of this very file.
    func wantsPart(of entry: ServableFile) -> Bool {
        guard RequestedRange.isPart(conditions.range) else { return false }
        guard let ifRange = conditions.ifRange else { return true }
        return entry.entityTag.map { EntityTag.matches(ifRange: ifRange, tag: $0) } ?? false
    }
}
