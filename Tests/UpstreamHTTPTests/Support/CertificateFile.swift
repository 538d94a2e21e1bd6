import Glibc
import LocalFiles
import RegistryTestSupport

/// The tests' certificate as a PEM file, for as long as somebody holds the value.
final class CertificateFile: Sendable {
    private let folder: TemporaryFolder
    let path: String

    init(_ text: String = TestCertificate.certificate) throws {
        folder = try TemporaryFolder()
        path = folder.path + "/authority.pem"
        let file = try SystemCalls.system.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try Array(text.utf8).withUnsafeBytes { try SystemCalls.system.writeAll($0, to: file) }
    }
}
