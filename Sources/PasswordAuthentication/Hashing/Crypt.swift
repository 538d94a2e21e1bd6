import CCrypt

/// The two functions of libcrypt that we need, without state; both take long, and block.
enum Crypt {
    /// The most bytes that a password may have (`CRYPT_MAX_PASSPHRASE_SIZE` counts the final NUL).
    static let maxPasswordLength = Int(CRYPT_MAX_PASSPHRASE_SIZE) - 1

    /// Returns a setting for a new yescrypt hash with a fresh salt, or nil if libcrypt can't make one.
    static func newSetting() -> String? {
        var output = [CChar](repeating: 0, count: Int(CRYPT_GENSALT_OUTPUT_SIZE))
        let size = Int32(output.count)
        guard crypt_gensalt_rn("$y$", 0, nil, 0, &output, size) != nil else { return nil }
        return String(decoding: output.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Hashes a password with a setting or an existing hash; nil if libcrypt refuses either, or would cut one of them
    /// at a NUL.
    static func hash(_ password: [UInt8], setting: [UInt8]) -> [UInt8]? {
        guard !password.contains(0), !setting.contains(0) else { return nil }
        // 32 KiB, too much for the stack of a thread that others sized.
        let size = MemoryLayout<crypt_data>.size
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<crypt_data>.alignment)
        scratch.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer { scratch.deallocate() }
        let phrase = password.map(CChar.init(bitPattern:)) + [0]
        let setting = setting.map(CChar.init(bitPattern:)) + [0]
        guard let output = crypt_rn(phrase, setting, scratch, Int32(size)) else { return nil }
        return String(cString: output).utf8.map { $0 }
    }
}
