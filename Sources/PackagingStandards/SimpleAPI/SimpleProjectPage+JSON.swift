public import NIOCore

extension SimpleProjectPage {
    /// Writes the page as `application/vnd.pypi.simple.v1+json`, with PyPI's `_last-serial`, behind what the buffer
    /// holds.
    public func writeJSON(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 512 + versions.count * 12 + files.count * 640)
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
                    for file in files { file.write(to: &json) }
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

extension SimpleFile {
    fileprivate func write(to json: inout JSONWriter) {
        json.value(room: roomInJSON) { json in
            json.write("{")
            json.writeMember("\"filename\":\"", filename)
            json.writeMember(",\"url\":\"", url)
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
            // The second key is what PEP 658 called the first before PEP 714.
            json.write(",\"core-metadata\":")
            writeCoreMetadata(to: &json)
            json.write(",\"dist-info-metadata\":")
            writeCoreMetadata(to: &json)
            if let provenance { json.writeMember(",\"provenance\":\"", provenance) }
            json.write("}")
        }
    }

    /// The most bytes that the file can take: 512 for the keys and numbers, and each text escaped.
    private var roomInJSON: Int {
        var room = 512 + TextCursor.room(for: filename) + TextCursor.room(for: url) + TextCursor.room(for: sha256)
        room += TextCursor.room(for: requiresPython) + TextCursor.room(for: provenance)
        for digest in otherDigests {
            room += 8 + TextCursor.room(for: digest.algorithm) + TextCursor.room(for: digest.hex)
        }
        if case .yes(let reason) = yanked { room += TextCursor.room(for: reason) }
        if case .sha256(let hex) = coreMetadata { room += 2 * TextCursor.room(for: hex) }
        return room
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
        case .sha256(let hex):
            json.writeMember("{\"sha256\":\"", hex)
            json.write("}")
        }
    }
}

extension TextCursor {
    /// Writes JSON up to and with a string's first quote, then the string and its last.
    fileprivate mutating func writeMember(_ opening: StaticString, _ text: String) {
        write(opening)
        writeJSON(escaping: text)
        write("\"")
    }
}
