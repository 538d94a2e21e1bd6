public import NIOCore

/// The list of all projects of an index, as the simple API tells it (PEP 503, 691).
public struct SimpleProjectList: Hashable, Sendable {
    public struct Project: Hashable, Sendable {
        /// The normalized name: a project's address is this name relative to the list's.
        public var name: String
        /// The project's serial, which mirrors read (PyPI's `_last-serial`).
        public var lastSerial: Int64?

        public init(name: String, lastSerial: Int64? = nil) {
            self.name = name
            self.lastSerial = lastSerial
        }
    }

    /// In the order in which they are written.
    public var projects: [Project]
    /// The index's serial: that of its last change.
    public var lastSerial: Int64

    public init(projects: [Project], lastSerial: Int64) {
        self.projects = projects
        self.lastSerial = lastSerial
    }

    /// Writes the list as `application/vnd.pypi.simple.v1+json`, behind what the buffer holds.
    public func writeJSON(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 128 + projects.count * 56)
        JSONWriter.write(into: &buffer) { json in
            json.object { json in
                json.writeSimpleMeta(apiVersion: SimpleProjectPage.apiVersion, lastSerial: lastSerial)
                json.key("projects")
                json.array { json in
                    for project in projects {
                        json.beginObject()
                        json.key("name")
                        json.string(project.name)
                        if let serial = project.lastSerial {
                            json.key("_last-serial")
                            json.integer(serial)
                        }
                        json.endObject()
                    }
                }
            }
        }
    }

    /// Writes the list as HTML in UTF-8, behind what the buffer holds.
    public func writeHTML(into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 256 + projects.count * 72)
        buffer.beginSimpleHTML(apiVersion: SimpleProjectPage.apiVersion)
        buffer.writeStaticString("    <title>Simple index</title>\n  </head>\n  <body>\n")
        for project in projects {
            buffer.writeStaticString("    <a href=\"")
            buffer.writeHTML(escaping: project.name)
            buffer.writeStaticString("/\">")
            buffer.writeHTML(escaping: project.name)
            buffer.writeStaticString("</a><br>\n")
        }
        buffer.endSimpleHTML(lastSerial: lastSerial)
    }
}
