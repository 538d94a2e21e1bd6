/// The names under which core metadata lie beside their files (PEP 658): the file's own name, and `.metadata`.
package enum MetadataFilename {
    private static let suffix = ".metadata"

    /// Returns the name of a file's core metadata.
    package static func of(_ filename: String) -> String {
        filename + suffix
    }

    /// Returns the name of the file whose core metadata bear a name, or nil if the name is none of core metadata.
    package static func filename(of name: String) -> String? {
        name.hasSuffix(suffix) ? String(name.dropLast(suffix.utf8.count)) : nil
    }
}
