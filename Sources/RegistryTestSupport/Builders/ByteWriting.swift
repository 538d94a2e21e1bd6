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

    /// URL-safe Base64 without padding, as RECORD writes digests.
    var recordBase64: String {
        let alphabet = Array<Character>("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        var bits: UInt32 = 0
        var count = 0
        for byte in self {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count)) & 63])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count)) & 63]) }
        return text
    }
}
