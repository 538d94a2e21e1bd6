import PackagingStandards
import Registry

/// Why one segment of a request's path can't be a name.
package enum PathNameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A `%` isn't followed by two hexadecimal digits.
    case invalidPercentEncoding
    /// The bytes aren't UTF-8.
    case notUTF8
    /// There is a slash inside the segment, plain or encoded.
    case slash
    /// There is a NUL or another control character inside the segment.
    case controlCharacter

    package var description: String {
        switch self {
        case .invalidPercentEncoding: "The address holds a percent sign without two hexadecimal digits."
        case .notUTF8: "The address isn't valid UTF-8."
        case .slash: "The address holds an encoded slash inside a name."
        case .controlCharacter: "The address holds a control character."
        }
    }
}

/// Names out of the segments of a request's path.
package enum PathNames {
    /// Decodes one segment: what stands between two slashes of the path as it was sent.
    ///
    /// It is decoded once, and a plus sign is a plus sign (RFC 3986). What the name may be is the caller's to check:
    /// `..`, backslashes and look-alikes come through.
    ///
    /// - Throws: what makes the segment no name.
    package static func decode(_ segment: Substring) throws(PathNameError) -> String {
        if segment.utf8.allSatisfy(isPlain) { return String(segment) }
        guard let bytes = PercentCoding.decode(Array(segment.utf8)) else { throw .invalidPercentEncoding }
        guard !bytes.contains(UInt8(ascii: "/")) else { throw .slash }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return name
    }

    /// Decodes one segment that stands by itself.
    ///
    /// - Throws: what makes the segment no name.
    package static func decode(_ segment: String) throws(PathNameError) -> String {
        try decode(Substring(segment))
    }

    /// Returns the project that a decoded segment names. Throws `.notFound`: no project can have such a name.
    static func project(_ text: String) throws -> NormalizedName {
        guard let name = NormalizedName(text) else {
            throw RegistryError(.notFound, "No project can have this name.")
        }
        return name
    }

    /// Returns the version that a decoded segment names. Throws `.notFound`.
    static func version(_ text: String) throws -> Version {
        guard let version = Version(text) else {
            throw RegistryError(.notFound, "This is not a version: see PEP 440.")
        }
        return version
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "/")
    }
}
