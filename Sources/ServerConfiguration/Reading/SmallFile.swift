import Glibc

/// Reads whole small files.
enum SmallFile {
    /// Why a file could not be read, in words.
    struct Failure: Error {
        let message: String
        let isMissing: Bool
    }

    /// Reads a file of a megabyte at most.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        let limit = 1 << 20
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw Failure(message: "larger than 1 MiB", isMissing: false) }
        }
    }

    /// Why a file can't be opened for reading; nil if it can.
    static func problem(reading path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return failure(errno).message }
        close(descriptor)
        return nil
    }

    private static func failure(_ code: Int32) -> Failure {
        let message =
            switch code {
            case ENOENT: "no such file"
            case EACCES: "permission denied"
            case EISDIR: "is a folder"
            default: "system error \(code)"
            }
        return Failure(message: message, isMissing: code == ENOENT)
    }
}
