public import NIOCore

/// The list of all projects of an index in the simple API (PEP 503, 691).
public struct SimpleProjectList: Hashable, Sendable {
    public struct Project: Hashable, Sendable {
        /// The normalized name, which is also the project's address relative to the list.
        public var name: String
        /// The project's serial, for mirrors (PyPI's `_last-serial`).
        public var lastSerial: Int64?

        public init(name: String, lastSerial: Int64? = nil) {
            self.name = name
            self.lastSerial = lastSerial
        }
    }

    /// The projects, in the order in which they are written.
    public var projects: [Project]
    /// The index's serial, from its last change.
    public var lastSerial: Int64

    public init(projects: [Project], lastSerial: Int64) {
        self.projects = projects
        self.lastSerial = lastSerial
    }

    /// Appends the list as `application/vnd.pypi.simple.v1+json`.
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

    /// Appends the list as HTML in UTF-8.
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
