public import NIOCore

extension SimpleProjectPage {
    /// Writes the page as `application/vnd.pypi.simple.v1+json`, with PyPI's `_last-serial`, behind what the buffer
    /// holds.
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
                    for file in heldFiles { SimplePageRow(file, under: heldFilesAddress).write(to: &json) }
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
    fileprivate func write(to json: inout JSONWriter) {
        json.value(room: room) { json in
            json.write("{")
            json.writeMember("\"filename\":\"", filename)
            json.write(",\"url\":\"")
            writeAddress(to: &json)
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
            // Without PEP 658's name for it, `dist-info-metadata`: pip 22.3 to 23.1.2 fail on its object (PEP 714).
            json.write(",\"core-metadata\":")
            writeCoreMetadata(to: &json)
            if let provenance { json.writeMember(",\"provenance\":\"", provenance) }
            json.write("}")
        }
    }

    private func writeAddress(to json: inout TextCursor) {
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
    /// Writes JSON up to and with a string's first quote, then the string and its last.
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
