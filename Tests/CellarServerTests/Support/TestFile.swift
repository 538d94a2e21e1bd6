import FoundationEssentials
import Glibc
import LocalFiles

/// Small files and texts that tests need.
enum TestFile {
    static func write(_ text: String, to path: String) throws {
        let calls = SystemCalls.system
        let file = try calls.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try Array(text.utf8).withUnsafeBytes { try calls.writeAll($0, to: file) }
    }

    static func read(_ path: String) throws -> String {
        let file = try SystemCalls.system.open(path, O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = withExtendedLifetime(file) { Glibc.read(file.number, &bytes, bytes.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
    }
}
