import Glibc

/// Reads whole small files, and pipes.
package enum SmallFile {
    /// Why a file could not be read.
    package struct Failure: Error {
        /// The reason, in words.
        package let message: String
        let isMissing: Bool
    }

    /// Reads a whole file. Blocks.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes that it may have: a whole number of MiB.
    /// - Returns: The bytes.
    /// - Throws: `Failure`.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = block.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            guard count > 0 else { return bytes }
            bytes += block[..<count]
            guard bytes.count <= limit else {
                throw Failure(message: "larger than \(limit >> 20) MiB", isMissing: false)
            }
        }
    }

    /// Returns why a file can't be opened for reading, or nil if it can.
    static func problem(reading path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return failure(errno).message }
        close(descriptor)
        return nil
    }

    private static func failure(_ number: CInt) -> Failure {
        let message =
            switch number {
            case ENOENT: "no such file"
            case EACCES: "permission denied"
            case EISDIR: "is a folder"
            default: String(cString: strerror(number))
            }
        return Failure(message: message, isMissing: number == ENOENT)
    }
}
