/// The names of core metadata next to their files (PEP 658): the file's name and `.metadata`.
package enum MetadataFilename {
    private static let suffix = ".metadata"

    /// Returns the name of a file's core metadata.
    package static func of(_ filename: String) -> String {
        filename + suffix
    }

    /// Returns the name of the file to which core metadata of this name belongs, or nil if it is not such a name.
    package static func filename(of name: String) -> String? {
        name.hasSuffix(suffix) ? String(name.dropLast(suffix.utf8.count)) : nil
    }
}
