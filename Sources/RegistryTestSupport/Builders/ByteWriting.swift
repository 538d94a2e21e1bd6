import CZlib
import NIOCore
import PackagingStandards

extension [UInt8] {
    /// Appends the value's bytes, lowest first.
    mutating func append(littleEndian value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// The bytes without the gzip header (10 bytes when there is no name) and trailer (8 bytes).
    func deflated() throws -> [UInt8] {
        let member = try Compression.gzip(ByteBuffer(bytes: self), level: 6)
        return [UInt8](member.readableBytesView.dropFirst(10).dropLast(8))
    }

    var zipCRC32: UInt32 {
        withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
