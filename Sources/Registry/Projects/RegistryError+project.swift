import PackagingStandards

extension RegistryError {
    /// An index does not have a project.
    init(unknownProject project: NormalizedName, in index: IndexName) {
        self.init(.notFound, "The index \(index) has no project called \(project).")
    }
}
