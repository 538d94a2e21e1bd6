import LocalFiles
import PackagingStandards

/// Verifies a BLAKE2b digest of 512 bits, which setuptools 51 to 57 send in the field for one of 256.
enum LongBLAKE2Check {
    static let field = "blake2_256_digest"
    private static let blockSize: Int64 = 1 << 20

    /// Whether a digest has the 128 digits of 512 bits.
    static func isLong(_ digest: String) -> Bool { digest.utf8.count == 128 }

    /// Whether a form needs the check, which reads the file again.
    static func isNeeded(by form: UploadForm) throws -> Bool {
        try form.single(field).map(isLong) ?? false
    }

    /// Throws `.invalidRequest` if the form has such a digest and the file has another. Blocks, and computes for long.
    static func check(_ form: UploadForm, _ file: SpooledFile) throws {
        guard let sent = try form.single(field)?.lowercased(), isLong(sent) else { return }
        let actual = try digest(of: file)
        guard sent == actual else { throw differs(field, sent: sent, actual: actual) }
    }

    private static func digest(of file: SpooledFile) throws -> String {
        do {
            var hash = BLAKE2b(.bits512)
            var offset: Int64 = 0
            while offset < file.size {
                let block = try file.read(at: offset, count: Int(min(blockSize, file.size - offset)))
                hash.update(block)
                offset += Int64(block.count)
            }
            return hash.hexDigest
        } catch {
            throw RegistryError(.internal, "The upload could not be read back from the spool.", cause: error)
        }
    }
}
