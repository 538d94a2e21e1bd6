extension StorageKey {
    /// Whether the key may be used: segments joined by single slashes, none of them empty, `.` or `..`, none longer
    /// than a file name may be (255 bytes), no NUL, and the first not beginning with a dot.
    ///
    /// Every key made by this type's own functions has this form; storage asks again, so that no key leaves its folder.
    /// Names beginning with a dot are the storage's own.
    public var isWellFormed: Bool {
        guard description.utf8.first != UInt8(ascii: "."), description.utf8.count <= 1024 else { return false }
        return description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
            Self.isSegment($0)
        }
    }

    /// Throws `.internal` if the key may not be used.
    public func requireWellFormed() throws {
        guard isWellFormed else {
            throw RegistryError(
                .internal, "The server made a name that its storage cannot use.", cause: Malformed(key: self))
        }
    }

    /// What the log is told of a key that may not be used.
    private struct Malformed: Error {
        let key: StorageKey
    }

    private static func isSegment(_ bytes: Substring.UTF8View.SubSequence) -> Bool {
        guard (1...255).contains(bytes.count), !bytes.contains(0) else { return false }
        return !bytes.elementsEqual([0x2E]) && !bytes.elementsEqual([0x2E, 0x2E])
    }
}
