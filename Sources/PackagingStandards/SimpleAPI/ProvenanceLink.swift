/// Addresses of the provenance of files, as PyPI's integrity API has them (PEP 740).
public enum ProvenanceLink {
    /// The last part of each of them.
    public static let ending = "provenance"

    /// Returns the address of a file's provenance, percent-encoded (RFC 3986 §2.3).
    ///
    /// - Parameters:
    ///   - filename: The file's name.
    ///   - version: The version of its release, in any spelling.
    ///   - folder: The folder of the project, percent-encoded: `…/integrity/<project>/`.
    /// - Returns: `…/integrity/<project>/<version>/<filename>/provenance`.
    public static func to(_ filename: String, version: String, in folder: String) -> String {
        "\(folder)\(encoded(version))/\(encoded(filename))/\(ending)"
    }

    private static func encoded(_ segment: String) -> String {
        let plain = Set("-._~!+".utf8)
        guard segment.utf8.contains(where: { !ASCII.isAlphanumeric($0) && !plain.contains($0) }) else { return segment }
        var text = ""
        for byte in segment.utf8 {
            if ASCII.isAlphanumeric(byte) || plain.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
