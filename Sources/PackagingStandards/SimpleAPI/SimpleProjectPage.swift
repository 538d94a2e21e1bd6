public import NIOCore

/// A project's page of the simple API (PEP 503, 592, 629, 658, 691, 700, 714, 740, 792).
public struct SimpleProjectPage: Hashable, Sendable {
    /// The version that complete pages state (PEP 629); 1.5 would promise namespaces (PEP 752).
    public static let apiVersion = "1.4"
    /// The version that a page states if the size of some file is unknown: PEP 700 promises sizes from 1.1 on.
    private static let apiVersionWithoutSizes = "1.0"

    /// The project's normalized name.
    public var name: String
    /// The files that the index holds, which are written first, in this order.
    public var heldFiles: [HeldFile]
    /// The address to which `<sha256>/<filename>` of a held file is relative, percent-encoded, with a slash at its end.
    public var heldFilesAddress: String
    /// The folder of the held files' provenance, percent-encoded, with a slash at its end (`ProvenanceLink`).
    public var heldProvenanceAddress: String
    /// All other files, written in this order.
    public var files: [SimpleFile]
    /// The address to which their addresses are relative, percent-encoded; empty for the page's own.
    public var filesAddress: String
    /// All versions of the project, also those without files, written in this order.
    public var versions: [String]
    public var status: ProjectStatus
    public var statusReason: String?
    /// The project's serial, from its last change.
    public var lastSerial: Int64
    /// What was wrong on a page that was read; it is not written.
    public var faults = SimplePageFaults()

    public init(
        name: String,
        heldFiles: [HeldFile] = [],
        heldFilesAddress: String = "",
        heldProvenanceAddress: String = "",
        files: [SimpleFile] = [],
        filesAddress: String = "",
        versions: [String],
        status: ProjectStatus = .active,
        statusReason: String? = nil,
        lastSerial: Int64
    ) {
        self.name = name
        self.heldFiles = heldFiles
        self.heldFilesAddress = heldFilesAddress
        self.heldProvenanceAddress = heldProvenanceAddress
        self.files = files
        self.filesAddress = filesAddress
        self.versions = versions
        self.status = status
        self.statusReason = statusReason
        self.lastSerial = lastSerial
    }

    /// The version that the page can state; the sizes of held files are always known.
    private var apiVersion: String {
        files.allSatisfy { $0.size != nil } ? Self.apiVersion : Self.apiVersionWithoutSizes
    }
}

/// The faults of single entries of a page that could be read nevertheless: the entry, or what is wrong with it, was
/// left out.
public struct SimplePageFaults: Hashable, Sendable {
    /// The most faults that are described.
    private static let maximumExamples = 5

    /// How many faults there are.
    public private(set) var count = 0
    /// The first faults, for people; without addresses, which may contain secrets.
    public private(set) var examples: [String] = []

    /// Makes a value without faults.
    public init() {}

    mutating func note(_ fault: @autoclosure () -> String) {
        count += 1
        if examples.count < Self.maximumExamples { examples.append(fault()) }
    }
}

// MARK: Rows

/// A file as a page writes it: held or not, the same content makes the same bytes.
private struct SimplePageRow {
    /// Hexadecimal digits, as a text from outside or as a digest.
    enum Digits {
        case text(String)
        case digest(SHA256Digest)
    }

    /// An address in parts, which are written one after the other and never joined: a page has thousands.
    struct Address {
        /// What is written first.
        let start: String
        /// What follows; empty if `digest` follows.
        var rest = ""
        /// A digest, after which a slash and a name are written.
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
    /// Makes the row of a file whose address is relative to `start`.
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

    /// Makes the row of a held file below `start`, with provenance below `integrity`; both end in a slash.
    @inline(__always)
    init(_ file: HeldFile, under start: String, integrity: String) {
        filename = file.filename
        address = Address(start: start, digest: (file.sha256, name: file.filename))
        sha256 = .digest(file.sha256)
        otherDigests = []
        requiresPython = file.requiresPython
        size = file.size
        uploadTime = file.uploadTime
        yanked = file.yanked
        coreMetadata = file.metadataDigest.map { .sha256(.digest($0)) } ?? .none
        provenance =
            file.hasProvenance ? ProvenanceLink.to(file.filename, version: file.version, in: integrity) : nil
    }

    /// The most bytes that the row takes in JSON or HTML: 512 for keys, tags and numbers, and each text escaped.
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

// MARK: JSON

extension SimpleProjectPage {
    /// Returns the row of a held file.
    @inline(__always)
    private func row(_ file: HeldFile) -> SimplePageRow {
        SimplePageRow(file, under: heldFilesAddress, integrity: heldProvenanceAddress)
    }

    /// Appends the page as `application/vnd.pypi.simple.v1+json`, with PyPI's `_last-serial`.
    public func writeJSON(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 512 + versions.count * 12 + (heldFiles.count + files.count) * 640)
        JSONWriter.write(into: &buffer) { json in
            json.object { json in
                json.writeSimpleMeta(apiVersion: apiVersion, lastSerial: lastSerial)
                json.key("name")
                json.string(name)
                json.key("project-status")
                json.object { json in
                    json.key("status")
                    json.string(status.rawValue)
                    if let statusReason {
                        json.key("reason")
                        json.string(statusReason)
                    }
                }
                json.key("versions")
                json.array { json in
                    for version in versions { json.string(version) }
                }
                json.key("files")
                json.array { json in
                    for file in heldFiles { row(file).write(to: &json) }
                    for file in files { SimplePageRow(file, under: filesAddress).write(to: &json) }
                }
            }
        }
    }
}

extension JSONWriter {
    mutating func writeSimpleMeta(apiVersion: String, lastSerial: Int64) {
        key("meta")
        object { json in
            json.key("api-version")
            json.string(apiVersion)
            json.key("_last-serial")
            json.integer(lastSerial)
        }
    }
}

extension SimplePageRow {
    func write(to json: inout JSONWriter) {
        json.value(room: room) { json in
            json.write("{")
            json.writeMember("\"filename\":\"", filename)
            json.write(",\"url\":\"")
            writeJSONAddress(to: &json)
            json.write("\"")
            writeHashes(to: &json)
            if let requiresPython { json.writeMember(",\"requires-python\":\"", requiresPython) }
            if let size {
                json.write(",\"size\":")
                json.write(size)
            }
            if let uploadTime {
                json.write(",\"upload-time\":\"")
                json.write(uploadTime)
                json.write("\"")
            }
            writeYanked(to: &json)
            // PEP 658's name, `dist-info-metadata`, is left out: pip 22.3 to 23.1.2 fail on its object (PEP 714).
            json.write(",\"core-metadata\":")
            writeCoreMetadata(to: &json)
            if let provenance { json.writeMember(",\"provenance\":\"", provenance) }
            json.write("}")
        }
    }

    private func writeJSONAddress(to json: inout TextCursor) {
        json.writeJSON(escaping: address.start)
        json.writeJSON(escaping: address.rest)
        guard let (digest, name) = address.digest else { return }
        json.write(digest)
        json.write("/")
        json.writeJSON(escaping: name)
    }

    private func writeHashes(to json: inout TextCursor) {
        json.write(",\"hashes\":{")
        if let sha256 { json.writeMember("\"sha256\":\"", sha256) }
        var needsComma = sha256 != nil
        for digest in otherDigests {
            if needsComma { json.write(",") }
            json.writeMember("\"", digest.algorithm)
            json.writeMember(":\"", digest.hex)
            needsComma = true
        }
        json.write("}")
    }

    private func writeYanked(to json: inout TextCursor) {
        switch yanked {
        case .no: json.write(",\"yanked\":false")
        case .yes(let reason?) where !reason.isEmpty: json.writeMember(",\"yanked\":\"", reason)
        case .yes: json.write(",\"yanked\":true")
        }
    }

    private func writeCoreMetadata(to json: inout TextCursor) {
        switch coreMetadata {
        case .none: json.write("false")
        case .unhashed: json.write("true")
        case .sha256(let digits):
            json.writeMember("{\"sha256\":\"", digits)
            json.write("}")
        }
    }
}

extension TextCursor {
    /// Writes JSON up to and including a string's first quote, then the string and its last quote.
    fileprivate mutating func writeMember(_ opening: StaticString, _ text: String) {
        write(opening)
        writeJSON(escaping: text)
        write("\"")
    }

    fileprivate mutating func writeMember(_ opening: StaticString, _ digits: SimplePageRow.Digits) {
        write(opening)
        switch digits {
        case .text(let text): writeJSON(escaping: text)
        case .digest(let digest): write(digest)
        }
        write("\"")
    }
}

// MARK: HTML

extension SimpleProjectPage {
    /// Appends the page as HTML in UTF-8 (PEP 503), for both `text/html` and `application/vnd.pypi.simple.v1+html`.
    public func writeHTML(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 1024 + (heldFiles.count + files.count) * 576)
        buffer.beginSimpleHTML(apiVersion: apiVersion)
        buffer.writeStaticString("    <meta name=\"pypi:project-status\" content=\"")
        buffer.writeHTML(escaping: status.rawValue)
        buffer.writeStaticString("\">\n")
        if let statusReason {
            buffer.writeStaticString("    <meta name=\"pypi:project-status-reason\" content=\"")
            buffer.writeHTML(escaping: statusReason)
            buffer.writeStaticString("\">\n")
        }
        buffer.writeStaticString("    <title>Links for ")
        buffer.writeHTML(escaping: name)
        buffer.writeStaticString("</title>\n  </head>\n  <body>\n    <h1>Links for ")
        buffer.writeHTML(escaping: name)
        buffer.writeStaticString("</h1>\n")
        for file in heldFiles { row(file).writeAnchor(into: &buffer) }
        for file in files { SimplePageRow(file, under: filesAddress).writeAnchor(into: &buffer) }
        buffer.endSimpleHTML(lastSerial: lastSerial)
    }
}

extension ByteBuffer {
    mutating func beginSimpleHTML(apiVersion: String) {
        writeStaticString("<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n")
        writeStaticString("    <meta name=\"pypi:repository-version\" content=\"")
        writeHTML(escaping: apiVersion)
        writeStaticString("\">\n")
    }

    mutating func endSimpleHTML(lastSerial: Int64) {
        writeStaticString("  </body>\n</html>\n<!--SERIAL ")
        writeString(String(lastSerial))
        writeStaticString("-->\n")
    }
}

extension SimplePageRow {
    func writeAnchor(into buffer: inout ByteBuffer) {
        buffer.writeText(room: room) { html in
            html.write("    <a href=\"")
            writeHTMLAddress(to: &html)
            writeFragment(to: &html)
            html.write("\"")
            if let requiresPython { html.writeAttribute(" data-requires-python=\"", requiresPython) }
            if case .yes(let reason) = yanked { html.writeAttribute(" data-yanked=\"", reason ?? "") }
            // The second is PEP 658's name for the first, before PEP 714. Old clients read only the second in HTML.
            writeCoreMetadata(" data-core-metadata=\"", to: &html)
            writeCoreMetadata(" data-dist-info-metadata=\"", to: &html)
            if let provenance { html.writeAttribute(" data-provenance=\"", provenance) }
            html.write(">")
            html.writeHTML(escaping: filename)
            html.write("</a><br>\n")
        }
    }

    private func writeHTMLAddress(to html: inout TextCursor) {
        html.writeHTML(escaping: address.start)
        html.writeHTML(escaping: address.rest)
        guard let (digest, name) = address.digest else { return }
        html.write(digest)
        html.write("/")
        html.writeHTML(escaping: name)
    }

    /// Writes the one digest that a link can have.
    private func writeFragment(to html: inout TextCursor) {
        if let sha256 {
            html.write("#sha256=")
            html.writeHTML(sha256)
        } else if let digest = otherDigests.first {
            html.write("#")
            html.writeHTML(escaping: digest.algorithm)
            html.write("=")
            html.writeHTML(escaping: digest.hex)
        }
    }

    private func writeCoreMetadata(_ opening: StaticString, to html: inout TextCursor) {
        switch coreMetadata {
        case .none: return
        case .unhashed: html.writeAttribute(opening, "true")
        case .sha256(let digits):
            html.write(opening)
            html.write("sha256=")
            html.writeHTML(digits)
            html.write("\"")
        }
    }
}

extension TextCursor {
    /// Writes the beginning of an attribute, its value and the quote at its end.
    fileprivate mutating func writeAttribute(_ opening: StaticString, _ value: String) {
        write(opening)
        writeHTML(escaping: value)
        write("\"")
    }

    fileprivate mutating func writeHTML(_ digits: SimplePageRow.Digits) {
        switch digits {
        case .text(let text): writeHTML(escaping: text)
        case .digest(let digest): write(digest)
        }
    }
}
