import CLibArchive

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A reader of the entries of a .tar.gz: libarchive, whose handle it owns, over our own `GzipStream`.
///
/// Blocks. All calls must come from one thread.
final class TarReader {
    /// What an entry is.
    enum Kind: Equatable {
        case file, folder, other
        /// A link whose target is relative to its own folder.
        case symbolicLink(target: [UInt8])
        /// A link whose target is the name of another entry.
        case hardLink(target: [UInt8])
    }

    /// One entry's header.
    struct Entry {
        /// The name as written.
        let name: [UInt8]
        let kind: Kind
        /// In bytes, including the holes of sparse files.
        let size: Int64
    }

    private let source: Source
    private let handle: OpaquePointer
    private let formerLocale: locale_t?

    init(_ bytes: any RandomAccessBytes, limits: ArchiveLimits) throws(ArchiveError) {
        let stream = try GzipStream(bytes, limits: limits)
        guard let handle = archive_read_new() else { throw ArchiveError("libarchive has no memory", kind: .unreadable) }
        self.handle = handle
        source = Source(stream)
        // libarchive drops names that the locale cannot represent; a server's locale is often "C".
        formerLocale = Self.utf8Locale.handle.map { uselocale($0) }
        archive_read_support_format_tar(handle)
        archive_read_support_filter_none(handle)
        let opened = archive_read_open(
            handle, Unmanaged.passUnretained(source).toOpaque(), nil,
            { _, context, block in
                guard let context else { return -1 }
                return Unmanaged<Source>.fromOpaque(context).takeUnretainedValue().read(into: block)
            }, nil)
        guard opened == ARCHIVE_OK else { throw failure }
    }

    deinit {
        archive_read_free(handle)
        if let formerLocale { uselocale(formerLocale) }
    }

    /// Returns the next header, or nil at the end, after a check of the end.
    ///
    /// - Throws: `ArchiveError`.
    func next() throws(ArchiveError) -> Entry? {
        var entry: OpaquePointer?
        switch archive_read_next_header(handle, &entry) {
        // A warning means that some attribute (an owner's name, a time) could not be read.
        case ARCHIVE_OK, ARCHIVE_WARN: break
        case ARCHIVE_EOF:
            try checkEnd()
            return nil
        default: throw failure
        }
        guard let entry, let name = Self.bytes(archive_entry_pathname(entry)) else {
            throw ArchiveError("the archive has an entry whose name cannot be read")
        }
        return Entry(name: name, kind: Self.kind(of: entry), size: archive_entry_size(entry))
    }

    /// Returns the current entry's bytes.
    ///
    /// - Throws: `ArchiveError`, also if there are more than `limit`.
    func read(limit: Int) throws(ArchiveError) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = archive_read_data(handle, &block, block.count)
            guard count >= 0 else { throw failure }
            if count == 0 { return bytes }
            bytes.append(contentsOf: block.prefix(count))
            guard bytes.count <= limit else { throw ArchiveError("PKG-INFO is larger than \(limit) bytes") }
        }
    }

    /// Checks that only zeros follow the tar's end (tools fill up to their block size), and then the gzip stream ends.
    private func checkEnd() throws(ArchiveError) {
        if let error = source.error { throw error }
        let end = archive_filter_bytes(handle, 0)
        while try !source.stream.next().isEmpty {}
        guard source.stream.contentEnd <= end else { throw ArchiveError("the archive has other bytes after its end") }
    }

    /// The source's own error if there is one, else libarchive's.
    private var failure: ArchiveError {
        if let error = source.error { return error }
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "it is not a tar archive"
        return ArchiveError("the file's tar archive cannot be read: \(text)")
    }

    private static func kind(of entry: OpaquePointer) -> Kind {
        if let target = bytes(archive_entry_hardlink(entry)) { return .hardLink(target: target) }
        switch archive_entry_filetype(entry) & 0o170000 {
        case 0o100000: return .file
        case 0o040000: return .folder
        case 0o120000: return .symbolicLink(target: bytes(archive_entry_symlink(entry)) ?? [])
        default: return .other
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
        text.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// What libarchive reads from.
    private final class Source {
        let stream: GzipStream
        private(set) var error: ArchiveError?

        init(_ stream: GzipStream) {
            self.stream = stream
        }

        /// Serves libarchive's read callback: returns the size of the next block, 0 at the end, -1 for an error.
        func read(into block: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
            do {
                let bytes = try stream.next()
                block?.pointee = bytes.baseAddress
                return bytes.count
            } catch {
                self.error = error
                return -1
            }
        }
    }

    // Unchecked: the locale is made once, and never changed or freed.
    private struct Locale: @unchecked Sendable {
        let handle = newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
    }

    private static let utf8Locale = Locale()
}

/// The stream of bytes that a .gz file inflates to, block by block, within the archive's limits.
///
/// Members that follow each other are one stream (RFC 1952 §2.2); any other byte after a member is refused. Owns its
/// buffers. Blocks. One thread at a time.
private final class GzipStream {
    private let window: ByteWindow
    private let inflater: Inflater
    private let limits: ArchiveLimits
    private let output: UnsafeMutableRawBufferPointer
    private var offset: Int64 = 0
    private var isInMember = false
    /// How many bytes have been inflated.
    private(set) var position: Int64 = 0
    /// Where the last byte other than zero ends: a tar has only zeros after its end.
    private(set) var contentEnd: Int64 = 0

    init(_ bytes: any RandomAccessBytes, limits: ArchiveLimits) throws(ArchiveError) {
        guard let inflater = Inflater(format: .gzip) else {
            throw ArchiveError("zlib has no memory", kind: .unreadable)
        }
        self.inflater = inflater
        self.limits = limits
        window = ByteWindow(bytes)
        output = .allocate(byteCount: 256 * 1024, alignment: 16)
    }

    deinit { output.deallocate() }

    /// Returns the next block, valid until the next call; empty at the end.
    ///
    /// - Throws: `ArchiveError` if the stream is damaged, cut short or followed by other bytes, and as soon as it holds
    ///   too much.
    func next() throws(ArchiveError) -> UnsafeRawBufferPointer {
        while true {
            if !isInMember {
                if offset > 0 && offset == window.size { return UnsafeRawBufferPointer(start: nil, count: 0) }
                try startMember()
            }
            let left = window.size - offset
            let input =
                left > 0 ? try window.some(at: offset, limit: left) : UnsafeRawBufferPointer(start: nil, count: 0)
            let step: Inflater.Step
            do {
                step = try inflater.inflate(input, into: output)
            } catch {
                throw ArchiveError("the file's gzip stream is damaged")
            }
            offset += Int64(step.consumed)
            isInMember = !step.isFinished
            guard step.isFinished || step.consumed > 0 || step.produced > 0 else {
                throw ArchiveError("the file is cut short: its gzip stream has no end")
            }
            if step.produced > 0 { return try counted(UnsafeRawBufferPointer(rebasing: output[..<step.produced])) }
        }
    }

    private func startMember() throws(ArchiveError) {
        let magic = window.size - offset >= 2 ? try window.exactly(2, at: offset) : nil
        guard let magic, magic[0] == 0x1f, magic[1] == 0x8b else {
            throw ArchiveError(
                offset == 0
                    ? "the file is empty or not compressed with gzip"
                    : "the file has other bytes after the end of its gzip stream")
        }
        inflater.reset()
        isInMember = true
    }

    /// Returns whether a block is all zeros: its first byte is zero, and it equals itself shifted by one.
    private static func isZero(_ block: UnsafeRawBufferPointer) -> Bool {
        guard let start = block.baseAddress, block.first == 0 else { return false }
        return memcmp(start, start + 1, block.count - 1) == 0
    }

    private func counted(_ block: UnsafeRawBufferPointer) throws(ArchiveError) -> UnsafeRawBufferPointer {
        if !Self.isZero(block), let last = block.lastIndex(where: { $0 != 0 }) {
            contentEnd = position + Int64(last) + 1
        }
        position += Int64(block.count)
        try limits.checkSize(uncompressed: position, archiveSize: window.size)
        return block
    }
}
