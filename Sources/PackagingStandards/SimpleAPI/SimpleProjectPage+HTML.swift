public import NIOCore

extension SimpleProjectPage {
    /// Writes the page as HTML (PEP 503; the same bytes serve `text/html` and `application/vnd.pypi.simple.v1+html`)
    /// in UTF-8, behind what the buffer holds.
    public func writeHTML(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 1024 + files.count * 576)
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
        for file in files { file.writeAnchor(into: &buffer) }
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

extension SimpleFile {
    fileprivate func writeAnchor(into buffer: inout ByteBuffer) {
        buffer.writeText(room: roomInHTML) { html in
            html.write("    <a href=\"")
            html.writeHTML(escaping: url)
            writeFragment(to: &html)
            html.write("\"")
            if let requiresPython { html.writeAttribute(" data-requires-python=\"", requiresPython) }
            if case .yes(let reason) = yanked { html.writeAttribute(" data-yanked=\"", reason ?? "") }
            // The second name is what PEP 658 called the first before PEP 714.
            writeCoreMetadata(" data-core-metadata=\"", to: &html)
            writeCoreMetadata(" data-dist-info-metadata=\"", to: &html)
            if let provenance { html.writeAttribute(" data-provenance=\"", provenance) }
            html.write(">")
            html.writeHTML(escaping: filename)
            html.write("</a><br>\n")
        }
    }

    /// The most bytes that the anchor can take: 512 for its tags and names, and each text escaped.
    private var roomInHTML: Int {
        var room = 512 + TextCursor.room(for: filename) + TextCursor.room(for: url) + TextCursor.room(for: sha256)
        room += TextCursor.room(for: requiresPython) + TextCursor.room(for: provenance)
        if let digest = otherDigests.first {
            room += TextCursor.room(for: digest.algorithm) + TextCursor.room(for: digest.hex)
        }
        if case .yes(let reason) = yanked { room += TextCursor.room(for: reason ?? "") }
        if case .sha256(let hex) = coreMetadata { room += 2 * TextCursor.room(for: hex) }
        return room
    }

    /// Writes the one digest that a link can carry.
    private func writeFragment(to html: inout TextCursor) {
        if let sha256 {
            html.write("#sha256=")
            html.writeHTML(escaping: sha256)
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
        case .sha256(let hex):
            html.write(opening)
            html.writeAttribute("sha256=", hex)
        }
    }
}

extension TextCursor {
    /// Writes an attribute's beginning, its value and the quote behind it.
    fileprivate mutating func writeAttribute(_ opening: StaticString, _ value: String) {
        write(opening)
        writeHTML(escaping: value)
        write("\"")
    }
}
