/// A field of a ZIP record; the caller has checked that the record is that long.
extension Collection<UInt8> where Index == Int {
    func uint16(at offset: Int) -> UInt16 {
        let first = startIndex + offset
        return UInt16(self[first]) | UInt16(self[first + 1]) << 8
    }

    func uint32(at offset: Int) -> UInt32 {
        UInt32(uint16(at: offset)) | UInt32(uint16(at: offset + 2)) << 16
    }

    func uint64(at offset: Int) -> UInt64 {
        UInt64(uint32(at: offset)) | UInt64(uint32(at: offset + 4)) << 32
    }

    /// A 64-bit size or offset; nil when it is beyond what any file can have.
    func fileOffset(at offset: Int) -> Int64? {
        Int64(exactly: uint64(at: offset))
    }
}
