import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards
import Registry

/// Appends the lines of the audit to a file, each a JSON object, durably.
///
/// A line may stand in the file twice if the process is killed between the file and the note of it: its `id` says so.
struct AuditFile: AuditReceiver {
    let name = "file"
    let path: String
    /// Threads that may block.
    let threads: NIOThreadPool
    var calls = SystemCalls.system

    func take(_ lines: [AuditLine]) async throws {
        var text = ByteBuffer()
        for line in lines {
            JSONWriter.write(into: &text) { json in line.write(into: &json) }
            text.writeInteger(UInt8(ascii: "\n"))
        }
        try await threads.runIfActive { [text] in try append(text) }
    }

    /// Opens the file for each batch, so that it may be renamed in between.
    private func append(_ text: ByteBuffer) throws {
        let file = try calls.open(path, O_RDWR | O_APPEND | O_CREAT, mode: 0o640)
        let length = try FileStatus(of: file).size
        do {
            // What an earlier process could not finish is no line, and must not become the beginning of one.
            if try length > 0 && !endsInLineFeed(file, length) {
                try withUnsafeBytes(of: UInt8(ascii: "\n")) { try calls.writeAll($0, to: file) }
            }
            try text.withUnsafeReadableBytes { try calls.writeAll($0, to: file) }
            try calls.sync(file)
        } catch {
            // The lines come again: what stands of them already is taken back.
            withExtendedLifetime(file) { _ = ftruncate(file.number, off_t(length)) }
            throw error
        }
    }

    private func endsInLineFeed(_ file: OpenFile, _ length: Int64) throws -> Bool {
        var last: UInt8 = 0
        let count = withExtendedLifetime(file) { pread(file.number, &last, 1, off_t(length - 1)) }
        guard count == 1 else { throw SystemError(errno, "read \(path)") }
        return last == UInt8(ascii: "\n")
    }
}
