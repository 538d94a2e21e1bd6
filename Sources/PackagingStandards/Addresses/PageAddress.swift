/// Why an address is refused, as the end of a sentence that begins with what has the address.
struct AddressProblem: Error {
    let reason: String

    static let notWeb = AddressProblem(reason: "is not an http or https address")
    static let noHost = AddressProblem(reason: "has no valid host")
    static let userInfo = AddressProblem(reason: "has a user name or password in it")
    static let control = AddressProblem(reason: "has control characters in it")
    static let tooLong = AddressProblem(reason: "is longer than \(PageAddress.maximumLength) bytes")
}

/// The absolute `http` or `https` address of a page, against which the page's links are resolved (RFC 3986 §5).
///
/// Resolved addresses are absolute and percent-encoded, have scheme and host in lowercase, and have no user name, no
/// password and no `.` and `..` segments. The caller removes the reference's fragment first.
struct PageAddress {
    /// The most bytes of an address: signed addresses of object stores have a few thousand.
    static let maximumLength = 8192

    /// Such as `https:`.
    private let scheme: [UInt8]
    /// Such as `https://host:8080`.
    private let origin: [UInt8]
    /// From the first slash on, without the query.
    private let path: [UInt8]
    /// The path up to and including its last slash.
    private let folder: [UInt8]

    /// Reads a page's own address, and drops a user name and a password in it.
    init(_ address: String) throws(AddressProblem) {
        let bytes = Array(address.utf8)
        (scheme, origin, path) = try bytes.withRawBytes { bytes throws(AddressProblem) in
            try Self.parts(of: bytes.trimmed)
        }
        let end = path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        folder = Array(path[...end])
    }

    private static func parts(
        of bytes: UnsafeRawBufferPointer
    ) throws(AddressProblem) -> (scheme: [UInt8], origin: [UInt8], path: [UInt8]) {
        guard bytes.count <= maximumLength else { throw .tooLong }
        guard let (scheme, schemeLength) = try scheme(of: bytes) else { throw .notWeb }
        let rest = bytes[part: schemeLength..<bytes.count]
        guard rest.hasPrefix("//") else { throw .notWeb }
        let end = endOfAuthority(in: rest)
        let authority = rest[part: 2..<end]
        let host = authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        var origin = scheme
        try append(authority: authority[part: host..<authority.count], to: &origin)
        var path = origin
        AddressPath.append(
            rest[part: end..<AddressPath.end(of: rest, from: end)], keeping: .pathCharacters, to: &path,
            floor: origin.count)
        return (scheme, origin, Array(path[origin.count...]))
    }

    /// Returns the address that a reference on the page means.
    func resolve(_ reference: UnsafeRawBufferPointer) throws(AddressProblem) -> String {
        let reference = reference.trimmed
        guard reference.count <= Self.maximumLength else { throw .tooLong }
        if Self.isPlain(reference) { return String(decoding: reference, as: UTF8.self) }
        guard reference.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return try resolved(reference) }
        // Line ends and tabs inside an address are dropped (WHATWG URL §4.4).
        let joined = reference.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        guard !joined.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .control }
        return try joined.withRawBytes { bytes throws(AddressProblem) in try resolved(bytes) }
    }

    private func resolved(_ reference: UnsafeRawBufferPointer) throws(AddressProblem) -> String {
        var address: [UInt8] = []
        address.reserveCapacity(origin.count + folder.count + reference.count + 16)
        var rest = reference
        if let (scheme, length) = try Self.scheme(of: reference) {
            rest = reference[part: length..<reference.count]
            guard rest.hasPrefix("//") else { throw .noHost }
            address += scheme
        }
        if rest.hasPrefix("//") {
            if address.isEmpty { address += scheme }
            let end = Self.endOfAuthority(in: rest)
            try Self.append(authority: rest[part: 2..<end], to: &address)
            AddressPath.append(
                rest[part: end..<rest.count], keeping: .pathCharacters, to: &address, floor: address.count)
        } else {
            address += origin
            let floor = address.count
            switch rest.first {
            case UInt8(ascii: "/"): break
            case nil, UInt8(ascii: "?"): address += path
            default: address += folder
            }
            AddressPath.append(rest, keeping: .pathCharacters, to: &address, floor: floor)
        }
        guard address.count <= Self.maximumLength else { throw .tooLong }
        return String(decoding: address, as: UTF8.self)
    }

    // MARK: Scheme and authority

    /// Returns the scheme with its colon, in lowercase, and its length; nil if there is none.
    private static func scheme(
        of reference: UnsafeRawBufferPointer
    ) throws(AddressProblem) -> (scheme: [UInt8], length: Int)? {
        guard let end = reference.firstIndex(where: { !isSchemeByte($0) }), end > 0,
            reference[end] == UInt8(ascii: ":"), !ASCII.isDigit(reference[0])
        else { return nil }
        let name = reference[part: 0..<(end + 1)]
        guard name.isEqualIgnoringCase(to: "https:") || name.isEqualIgnoringCase(to: "http:") else { throw .notWeb }
        return (name.map(ASCII.lowercased), name.count)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || byte == UInt8(ascii: "+") || byte == ASCII.hyphen || byte == ASCII.dot
    }

    /// Returns where the authority after two slashes ends.
    private static func endOfAuthority(in bytes: UnsafeRawBufferPointer) -> Int {
        let end = bytes.dropFirst(2).firstIndex { byte in
            byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
        }
        return end ?? bytes.count
    }

    /// Appends two slashes, the host in lowercase, and the port.
    private static func append(
        authority: UnsafeRawBufferPointer, to address: inout [UInt8]
    ) throws(AddressProblem) {
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInfo }
        let text = String(decoding: authority, as: UTF8.self)
        guard let place = HostAndPort(text[...]), place.isBracketed || place.host.utf8.allSatisfy(isHostByte) else {
            throw .noHost
        }
        address += (place.isBracketed ? "//[" : "//").utf8
        for byte in place.host.utf8 { address.append(ASCII.lowercased(byte)) }
        if place.isBracketed { address.append(UInt8(ascii: "]")) }
        if let port = place.port { address += ":\(port)".utf8 }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || ASCII.isSeparator(byte)
    }

    // MARK: Path

    /// Returns whether a reference is its own resolved address, as nearly all are on the pages of large indexes.
    private static func isPlain(_ reference: UnsafeRawBufferPointer) -> Bool {
        let isSecure = reference.hasPrefix("https://")
        guard isSecure || reference.hasPrefix("http://") else { return false }
        var position = isSecure ? 8 : 7
        let host = position
        while position < reference.count, reference[position] != UInt8(ascii: "/") {
            let byte = reference[position]
            guard ASCII.isLowercase(byte) || ASCII.isDigit(byte) || byte == ASCII.dot || byte == ASCII.hyphen else {
                return false
            }
            position += 1
        }
        guard position > host, position < reference.count else { return false }
        var previous: UInt8 = 0
        while position < reference.count {
            if let word = ASCIIWord(reference, at: position), word.isPlain {
                guard !word.hasDotBehindSlash(before: previous) else { return false }
                previous = word.last
                position += 8
                continue
            }
            let byte = reference[position]
            if !PercentCoding.isPathCharacter(byte) || byte == UInt8(ascii: "%") { return false }
            if byte == ASCII.dot, previous == UInt8(ascii: "/") { return false }
            previous = byte
            position += 1
        }
        return true
    }

    /// Returns the name in the last part of an address or reference, percent-decoded.
    ///
    /// - Parameters:
    ///   - reference: an address or a part of one.
    ///   - skippingSlash: whether a slash at the end is ignored.
    /// - Returns: its bytes, which may not be UTF-8.
    static func lastSegment(of reference: UnsafeRawBufferPointer, skippingSlash: Bool) -> [UInt8] {
        var path = reference[part: 0..<AddressPath.end(of: reference, from: 0)].trimmed
        if skippingSlash, path.last == UInt8(ascii: "/") { path = path[part: 0..<(path.count - 1)] }
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return PercentCoding.decodeLeniently(path[part: start..<path.count])
    }

    /// The name in the last part of the page's own address.
    var lastSegment: [UInt8] {
        path.withRawBytes { Self.lastSegment(of: $0, skippingSlash: true) }
    }
}
