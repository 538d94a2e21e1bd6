/// A file as it is written on a page: whatever kind of file it is, the same content gives the same bytes.
struct SimplePageRow {
    /// Hexadecimal digits, as a text that somebody told or as a digest.
    enum Digits {
        case text(String)
        case digest(SHA256Digest)
    }

    /// An address in parts, so that those of thousands of files need not be put together before they are written.
    struct Address {
        /// What stands before everything else.
        let start: String
        /// What follows; empty if a digest does.
        var rest = ""
        /// A digest with a slash and a name behind it.
        var digest: (SHA256Digest, name: String)?
    }

    enum CoreMetadata {
        case none
        case unhashed
        case sha256(Digits)
    }

    let filename: String
    let address: Address
    let sha256: Digits?
    let otherDigests: [SimpleFile.Digest]
    let requiresPython: String?
    let size: Int64?
    let uploadTime: Timestamp?
    let yanked: SimpleFile.Yanked
    let coreMetadata: CoreMetadata
    let provenance: String?
}

extension SimplePageRow {
    /// A file whose address is relative to another one.
    @inline(__always)
    init(_ file: SimpleFile, under start: String) {
        filename = file.filename
        address = Address(start: start, rest: file.url)
        sha256 = file.sha256.map { .text($0) }
        otherDigests = file.otherDigests
        requiresPython = file.requiresPython
        size = file.size
        uploadTime = file.uploadTime
        yanked = file.yanked
        coreMetadata =
            switch file.coreMetadata {
            case .none: .none
            case .unhashed: .unhashed
            case .sha256(let hex): .sha256(.text(hex))
            }
        provenance = file.provenance
    }

    /// A file that lies under an address ending in a slash.
    @inline(__always)
    init(_ file: HeldFile, under start: String) {
        filename = file.filename
        address = Address(start: start, digest: (file.sha256, name: file.filename))
        sha256 = .digest(file.sha256)
        otherDigests = []
        requiresPython = file.requiresPython
        size = file.size
        uploadTime = file.uploadTime
        yanked = file.yanked
        coreMetadata = file.metadataDigest.map { .sha256(.digest($0)) } ?? .none
        provenance = nil
    }

    /// The most bytes that the row can take, written either way: 512 for keys, tags and numbers, and each text escaped.
    var room: Int {
        var room = 512 + TextCursor.room(for: filename) + TextCursor.room(for: address) + TextCursor.room(for: sha256)
        room += TextCursor.room(for: requiresPython) + TextCursor.room(for: provenance)
        for digest in otherDigests {
            room += 8 + TextCursor.room(for: digest.algorithm) + TextCursor.room(for: digest.hex)
        }
        if case .yes(let reason) = yanked { room += TextCursor.room(for: reason) }
        if case .sha256(let digits) = coreMetadata { room += 2 * TextCursor.room(for: digits) }
        return room
    }
}

extension TextCursor {
    fileprivate static func room(for digits: SimplePageRow.Digits?) -> Int {
        switch digits {
        case .text(let text): room(for: text)
        case .digest: SHA256Digest.digitCount
        case nil: 0
        }
    }

    fileprivate static func room(for address: SimplePageRow.Address) -> Int {
        let before = room(for: address.start) + room(for: address.rest)
        guard let (_, name) = address.digest else { return before }
        return before + SHA256Digest.digitCount + 1 + room(for: name)
    }
}
