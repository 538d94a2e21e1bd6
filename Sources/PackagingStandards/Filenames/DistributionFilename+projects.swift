extension DistributionFilename {
    /// The most projects that one file name is taken to belong to.
    private static let maximumProjects = 8

    /// The projects that a file of this name may belong to, those with longer names first.
    ///
    /// A wheel names one. A source distribution names one for each hyphen that parts a valid name from a valid version:
    /// `foo-1.0-1.tar.gz` may be the version 1 of `foo-1-0`, or the version 1.0-1 of `foo`. So
    /// do those of older kinds. None if the name is no distribution's.
    public static func possibleProjects(of filename: String) -> [NormalizedName] {
        if let wheel = WheelFilename(filename) { return [wheel.name] }
        var projects: [NormalizedName] = []
        let sources = SourceDistributionFilename.possibleProjects(of: filename)
        for project in sources.isEmpty ? OlderFilename.possibleProjects(of: filename) : sources
        where !projects.contains(project) {
            projects.append(project)
            if projects.count == maximumProjects { break }
        }
        return projects
    }
}

extension SourceDistributionFilename {
    /// The projects that a file of this name may belong to, those with longer names first; the same may come twice.
    static func possibleProjects(of filename: String) -> [NormalizedName] {
        guard let (stem, _) = stemAndFormat(of: ArraySlice(filename.utf8)) else { return [] }
        return stem.indices.reversed().compactMap { hyphen in
            guard stem[hyphen] == ASCII.hyphen, Version(bytes: stem[(hyphen + 1)...]) != nil else { return nil }
            return NormalizedName(bytes: stem[..<hyphen])
        }
    }
}
