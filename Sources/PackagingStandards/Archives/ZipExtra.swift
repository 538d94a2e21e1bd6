/// The extra fields of one ZIP header, of which only two mean something here: ZIP64 sizes and the Unicode path.
struct ZipExtra {
    /// What a header says once its ZIP64 field is applied.
    struct Sizes {
        let uncompressed: Int64
        let compressed: Int64
        let offset: Int64
        let disk: UInt32
    }

    private let zip64: ArraySlice<UInt8>?
    private let name: ArraySlice<UInt8>

    /// Splits the fields, and refuses a Unicode path (0x7075) that differs from the name: some readers would follow it.
    init(_ bytes: ArraySlice<UInt8>, name: ArraySlice<UInt8>) throws(ArchiveError) {
        var shown: String { ShownText.quoted(name) }
        var zip64: ArraySlice<UInt8>?
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4, rest.count - 4 >= Int(rest.uint16(at: 2)) else {
                throw ArchiveError("the extra fields of \(shown) are damaged")
            }
            let value = rest.dropFirst(4).prefix(Int(rest.uint16(at: 2)))
            switch rest.uint16(at: 0) {
            case 0x0001:
                guard zip64 == nil else { throw ArchiveError("\(shown) has two ZIP64 fields") }
                zip64 = value
            case 0x7075:
                guard value.dropFirst(5).elementsEqual(name) else {
                    throw ArchiveError(
                        "\(shown) has another name in its Unicode path field: \(ShownText.quoted(value.dropFirst(5)))"
                    )
                }
            default: break
            }
            rest = rest.dropFirst(4 + value.count)
        }
        self.zip64 = zip64
        self.name = name
    }

    var hasZip64: Bool { zip64 != nil }

    /// The sizes of a central header: what doesn't fit its own field stands in the ZIP64 field (APPNOTE 4.5.3).
    func sizes(
        uncompressed: UInt32, compressed: UInt32, offset: UInt32, disk: UInt16
    ) throws(ArchiveError) -> Sizes {
        var rest = zip64 ?? []
        let isSpare = uncompressed != .max && compressed != .max && offset != .max && disk != .max
        if isSpare {
            // Readers that take the field all the same must find the same values there.
            try checkSpare([UInt64(uncompressed), UInt64(compressed), UInt64(offset)], in: rest)
            rest = []
        }
        let sizes = Sizes(
            uncompressed: try take(uncompressed, from: &rest), compressed: try take(compressed, from: &rest),
            offset: try take(offset, from: &rest), disk: try take(disk, from: &rest))
        guard rest.isEmpty else { throw damaged }
        return sizes
    }

    /// The sizes of a local header, whose ZIP64 field has both.
    func localSizes(
        uncompressed: UInt32, compressed: UInt32
    ) throws(ArchiveError) -> (uncompressed: UInt64, compressed: UInt64) {
        guard let zip64, !zip64.isEmpty else {
            guard uncompressed != .max, compressed != .max else { throw damaged }
            return (UInt64(uncompressed), UInt64(compressed))
        }
        guard zip64.count >= 16 else { throw damaged }
        let wide = (uncompressed: zip64.uint64(at: 0), compressed: zip64.uint64(at: 8))
        guard uncompressed == .max || UInt64(uncompressed) == wide.uncompressed,
            compressed == .max || UInt64(compressed) == wide.compressed
        else { throw damaged }
        return wide
    }

    private var damaged: ArchiveError {
        ArchiveError("the ZIP64 sizes of \(ShownText.quoted(name)) are missing, or contradict its header")
    }

    private func checkSpare(_ values: [UInt64], in field: ArraySlice<UInt8>) throws(ArchiveError) {
        guard field.count % 8 == 0, field.count <= 24 else { throw damaged }
        for (position, value) in values.prefix(field.count / 8).enumerated() {
            guard field.uint64(at: position * 8) == value else { throw damaged }
        }
    }

    private func take(_ narrow: UInt32, from rest: inout ArraySlice<UInt8>) throws(ArchiveError) -> Int64 {
        guard narrow == .max else { return Int64(narrow) }
        guard rest.count >= 8, let wide = rest.fileOffset(at: 0) else { throw damaged }
        rest = rest.dropFirst(8)
        return wide
    }

    private func take(_ narrow: UInt16, from rest: inout ArraySlice<UInt8>) throws(ArchiveError) -> UInt32 {
        guard narrow == .max else { return UInt32(narrow) }
        guard rest.count >= 4 else { throw damaged }
        let wide = rest.uint32(at: 0)
        rest = rest.dropFirst(4)
        return wide
    }
}
