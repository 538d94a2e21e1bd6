public import NIOCore

/// A writer of compact JSON (RFC 8259) into a ``ByteBuffer``, member by member, in the order of the calls.
///
/// It writes commas and escapes texts. The caller writes keys in objects only, and ends each object and array.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var buffer: ByteBuffer
    /// Whether a comma is due before the next value.
    private var needsComma = false

    /// Appends to what the buffer holds.
    public init(_ buffer: ByteBuffer = ByteBuffer()) {
        self.buffer = buffer
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes an object whose members the closure writes.
    @inlinable
    public mutating func object<Failure: Error>(
        _ members: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        beginObject()
        try members(&self)
        endObject()
    }

    /// Writes an array whose elements the closure writes.
    @inlinable
    public mutating func array<Failure: Error>(
        _ elements: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        beginArray()
        try elements(&self)
        endArray()
    }

    /// Writes a member's key; its value must follow.
    public mutating func key(_ name: String) {
        value(room: TextCursor.room(for: name) + 3) { json in
            json.write(UInt8(ascii: "\""))
            json.writeJSON(escaping: name)
            json.write("\":")
        }
        needsComma = false
    }

    public mutating func string(_ text: String) {
        value(room: TextCursor.room(for: text) + 2) { json in
            json.write(UInt8(ascii: "\""))
            json.writeJSON(escaping: text)
            json.write(UInt8(ascii: "\""))
        }
    }

    /// Writes a string, or null for none.
    public mutating func string(orNull text: String?) {
        if let text { string(text) } else { null() }
    }

    /// Writes a member whose value is a string, or null for none.
    public mutating func member(_ name: String, _ text: String?) {
        key(name)
        string(orNull: text)
    }

    public mutating func integer(_ number: Int64) {
        value(room: TextCursor.roomForNumber) { $0.write(number) }
    }

    public mutating func integer(_ number: Int) {
        integer(Int64(number))
    }

    public mutating func boolean(_ value: Bool) {
        self.value(room: 5) { $0.write(value ? "true" : "false") }
    }

    public mutating func null() {
        value(room: 4) { $0.write("null") }
    }

    /// Writes a moment as a string, in the form of ``Timestamp/iso8601``.
    public mutating func timestamp(_ moment: Timestamp) {
        value(room: TextCursor.roomForNumber + 2) { json in
            json.write(UInt8(ascii: "\""))
            json.write(moment)
            json.write(UInt8(ascii: "\""))
        }
    }

    /// Writes a value that is already JSON, such as one from a client, without a check.
    public mutating func raw(_ json: ByteBuffer) {
        value(room: 0) { _ in }
        buffer.writeImmutableBuffer(json)
    }

    /// Appends JSON to a buffer.
    @inlinable
    public static func write<Failure: Error>(
        into buffer: inout ByteBuffer, _ body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        var writer = JSONWriter(buffer)
        // The writer must own the memory alone: otherwise its first byte would copy it.
        buffer = ByteBuffer()
        defer { buffer = writer.buffer }
        try body(&writer)
    }

    /// Writes a comma if one is due, and a value of up to `room` bytes, which the closure writes.
    @inline(__always)
    mutating func value(room: Int, _ body: (inout TextCursor) -> Void) {
        let needsComma = needsComma
        buffer.writeText(room: room + 1) { cursor in
            if needsComma { cursor.write(UInt8(ascii: ",")) }
            body(&cursor)
        }
        self.needsComma = true
    }

    private mutating func open(_ byte: UInt8) {
        value(room: 1) { $0.write(byte) }
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        buffer.writeInteger(byte)
        needsComma = true
    }
}
