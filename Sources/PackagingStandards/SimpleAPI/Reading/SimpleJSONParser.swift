/// A parser of a project's page in JSON (PEP 691, 700, 714, 740, 792), which skips unknown keys.
struct SimpleJSONParser {
    private var json: JSONReader
    private var draft: SimplePageDraft
    private var hasFiles = false

    init(_ bytes: UnsafeRawBufferPointer, draft: SimplePageDraft) {
        json = JSONReader(bytes)
        self.draft = draft
    }

    mutating func parse() throws -> SimpleProjectPage {
        guard try json.kind() == .object else { throw SimplePageError("the page is JSON, but no object") }
        try json.beginObject()
        while let key = try json.nextKey() {
            if key.isEqual(to: "files") {
                try readFiles()
            } else if key.isEqual(to: "versions") {
                try readVersions()
            } else if key.isEqual(to: "name") {
                if let name = try string("name") { draft.take(name: name) }
            } else if key.isEqual(to: "meta") {
                try readMeta()
            } else if key.isEqual(to: "project-status") {
                try readStatus()
            } else {
                try json.skip()
            }
        }
        try json.end()
        guard hasFiles else { throw SimplePageError("the page has no list of files: it is not a project's page") }
        return draft.page
    }

    private mutating func readMeta() throws {
        guard try beginsObject() else { return }
        while let key = try json.nextKey() {
            if key.isEqual(to: "api-version"), try json.kind() == .string {
                try draft.check(apiVersion: try json.string())
            } else if key.isEqual(to: "_last-serial"), try json.kind() == .number {
                if let serial = try json.wholeNumber() { draft.take(serial: serial) }
            } else {
                try json.skip()
            }
        }
    }

    private mutating func readStatus() throws {
        guard try beginsObject() else { return }
        while let key = try json.nextKey() {
            if key.isEqual(to: "status") {
                if let status = try string("status") { draft.take(status: status) }
            } else if key.isEqual(to: "reason") {
                if let reason = try string("reason") { draft.take(statusReason: reason) }
            } else {
                try json.skip()
            }
        }
    }

    private mutating func readVersions() throws {
        guard try json.kind() == .array else {
            if try json.kind() != .null { draft.note("the page's versions are not an array") }
            return try json.skip()
        }
        try json.beginArray()
        var versions: [String] = []
        var count = 0
        while try json.hasElement() {
            count += 1
            try draft.check(count: count, of: "versions")
            guard let version = try string("version") else { continue }
            if let kept = draft.bounded(version, FieldBound.version, "version") { versions.append(kept) }
        }
        draft.take(versions: versions)
    }

    private mutating func readFiles() throws {
        guard !hasFiles else { throw SimplePageError("the page has two lists of files") }
        hasFiles = true
        try beginArray("files")
        while try json.hasElement() {
            guard try beginsObject() else {
                draft.note("a file on the page is not an object")
                continue
            }
            try readFile()
        }
    }

    private mutating func readFile() throws {
        var filename: String?
        var url: RawText?
        var fields = SimpleFileFields(filename: "", url: RawText(bytes: .init(start: nil, count: 0), escapes: .none))
        var metadata: SimpleFileFields.Metadata?
        var formerMetadata: SimpleFileFields.Metadata?
        while let key = try json.nextKey() {
            if key.isEqual(to: "filename") {
                filename = try string("filename")?.string
            } else if key.isEqual(to: "url") {
                url = try string("url")
            } else if key.isEqual(to: "hashes") {
                try readHashes(into: &fields)
            } else if key.isEqual(to: "requires-python") {
                fields.requiresPython = try string("requires-python")
            } else if key.isEqual(to: "size") {
                fields.size = try size()
            } else if key.isEqual(to: "upload-time") {
                fields.uploadTime = try string("upload-time")
            } else if key.isEqual(to: "yanked") {
                fields.yanked = try yanked()
            } else if key.isEqual(to: "core-metadata") {
                metadata = try coreMetadata()
            } else if key.isEqual(to: "dist-info-metadata") {
                formerMetadata = try coreMetadata()
            } else if key.isEqual(to: "provenance") {
                fields.provenance = try string("provenance")
            } else {
                try json.skip()
            }
        }
        guard let filename, let url else { return draft.note("a file on the page has no name or no address") }
        fields.filename = filename
        fields.url = url
        // If both keys are there, the newer one decides (PEP 714).
        fields.coreMetadata = metadata ?? formerMetadata ?? .none
        try draft.add(fields)
    }

    private mutating func readHashes(into fields: inout SimpleFileFields) throws {
        guard try beginsObject() else { return }
        while let algorithm = try json.nextKey() {
            guard let hex = try string("digest") else { continue }
            if algorithm.isEqual(to: "sha256") {
                fields.sha256 = .raw(hex)
            } else {
                fields.otherDigests.append((.raw(algorithm), .raw(hex)))
            }
        }
    }

    /// Reads a size, which some indexes write as a string.
    private mutating func size() throws -> Int64? {
        let size: Int64?
        switch try json.kind() {
        case .null:
            try json.null()
            return nil
        case .number: size = try json.wholeNumber()
        case .string: size = Int64(try json.string().string)
        default:
            try json.skip()
            size = nil
        }
        if let size, size >= 0 { return size }
        draft.note("a file on the page has a size that is not a number of bytes")
        return nil
    }

    /// Reads a yank: true, or a reason; an empty reason means no yank, as in pip.
    private mutating func yanked() throws -> SimpleFile.Yanked {
        switch try json.kind() {
        case .boolean: return try json.boolean() ? .yes(reason: nil) : .no
        default:
            guard let reason = try string("yanked"), !reason.bytes.isEmpty else { return .no }
            return .yes(reason: draft.bounded(reason, FieldBound.line, "reason for a yank"))
        }
    }

    private mutating func coreMetadata() throws -> SimpleFileFields.Metadata? {
        switch try json.kind() {
        case .boolean: return try json.boolean() ? .unhashed : SimpleFileFields.Metadata.none
        case .null:
            try json.null()
            return nil
        case .string: return SimpleFileFields.Metadata(attribute: try json.string())
        default: break
        }
        guard try beginsObject() else {
            draft.note("a file on the page has core metadata that is neither true, false nor digests")
            return nil
        }
        var metadata = SimpleFileFields.Metadata.unhashed
        while let algorithm = try json.nextKey() {
            if algorithm.isEqual(to: "sha256"), let hex = try string("digest") {
                metadata = .sha256(.raw(hex))
            } else {
                try json.skip()
            }
        }
        return metadata
    }

    // MARK: Values

    /// Reads a string; returns nil for null, and for anything else, which is noted as a fault.
    private mutating func string(_ thing: String) throws -> RawText? {
        switch try json.kind() {
        case .string: return try json.string()
        case .null:
            try json.null()
            return nil
        default:
            try json.skip()
            draft.note("the page has a \(thing) that is not a string")
            return nil
        }
    }

    /// Begins an object, or skips anything else and returns false.
    private mutating func beginsObject() throws -> Bool {
        guard try json.kind() == .object else {
            try json.skip()
            return false
        }
        try json.beginObject()
        return true
    }

    private mutating func beginArray(_ thing: String) throws {
        guard try json.kind() == .array else { throw SimplePageError("the page's \(thing) are not an array") }
        try json.beginArray()
    }
}
