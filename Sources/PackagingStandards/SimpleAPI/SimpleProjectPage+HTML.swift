public import NIOCore

extension SimpleProjectPage {
    /// Writes the page as HTML (PEP 503; the same bytes serve `text/html` and `application/vnd.pypi.simple.v1+html`)
    /// in UTF-8, behind what the buffer holds.
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
        for file in heldFiles { SimplePageRow(file, under: heldFilesAddress).writeAnchor(into: &buffer) }
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
    fileprivate func writeAnchor(into buffer: inout ByteBuffer) {
        buffer.writeText(room: room) { html in
            html.write("    <a href=\"")
            writeAddress(to: &html)
            writeFragment(to: &html)
            html.write("\"")
            if let requiresPython { html.writeAttribute(" data-requires-python=\"", requiresPython) }
            if case .yes(let reason) = yanked { html.writeAttribute(" data-yanked=\"", reason ?? "") }
            // The second name is what PEP 658 called the first before PEP 714; old clients read it here alone.
            writeCoreMetadata(" data-core-metadata=\"", to: &html)
            writeCoreMetadata(" data-dist-info-metadata=\"", to: &html)
            if let provenance { html.writeAttribute(" data-provenance=\"", provenance) }
            html.write(">")
            html.writeHTML(escaping: filename)
            html.write("</a><br>\n")
        }
    }

    private func writeAddress(to html: inout TextCursor) {
        html.writeHTML(escaping: address.start)
        html.writeHTML(escaping: address.rest)
        guard let (digest, name) = address.digest else { return }
        html.write(digest)
        html.write("/")
        html.writeHTML(escaping: name)
    }

    /// Writes the one digest that a link can carry.
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
    /// Writes an attribute's beginning, its value and the quote behind it.
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
