import CPostgreSQL

/// A row of a result of libpq, whose values are texts.
struct PostgreSQLRow: SQLRow {
    let result: OpaquePointer
    let row: CInt

    /// `BYTEAOID` and `BOOLOID` of PostgreSQL's catalog, which never change.
    private static let bytesType: UInt32 = 17
    private static let booleanType: UInt32 = 16

    func isNull(_ column: Int) -> Bool { libpq.getisnull(result, row, CInt(column)) == 1 }

    func integer(_ column: Int) -> Int64 {
        if libpq.ftype(result, CInt(column)) == Self.booleanType {
            return value(column).first == UInt8(ascii: "t") ? 1 : 0
        }
        return Int64(String(decoding: value(column), as: UTF8.self)) ?? 0
    }

    func text(_ column: Int) -> String { String(decoding: value(column), as: UTF8.self) }

    func isText(_ column: Int, _ text: String) -> Bool {
        !isNull(column) && value(column).elementsEqual(text.utf8)
    }

    func bytes(_ column: Int) -> [UInt8] {
        guard libpq.ftype(result, CInt(column)) == Self.bytesType else { return Array(value(column)) }
        var count = 0
        return value(column).withMemoryRebound(to: UInt8.self) { text in
            guard let bytes = libpq.unescapeBytea(text.baseAddress, &count) else { return [] }
            defer { libpq.freemem(bytes) }
            return Array(UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    /// The text of a value, empty if it is null; libpq keeps it until the result is cleared, with a NUL behind it.
    private func value(_ column: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: libpq.getvalue(result, row, CInt(column)), count: Int(libpq.getlength(result, row, CInt(column))))
    }
}
