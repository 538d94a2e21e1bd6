import HTTPTypes
import PackagingStandards

/// The fields of a request on which the answer with a page or a file depends.
struct RequestConditions {
    var accept: String?
    var acceptEncoding: String?
    var authorization: String?
    var privateToken: String?
    var ifNoneMatch: String?
    var ifRange: String?
    var range: String?
    var userAgent: String?

    init() {}

    /// Takes them from the fields of a request.
    init(_ fields: HTTPFields) {
        accept = fields[.accept]
        acceptEncoding = fields[.acceptEncoding]
        authorization = fields[.authorization]
        privateToken = HTTPField.Name.privateToken.flatMap { fields[$0] }
        ifNoneMatch = fields[.ifNoneMatch]
        ifRange = fields[.ifRange]
        range = fields[.range]
        userAgent = fields[.userAgent]
    }
}

/// Comparisons of entity tags (RFC 9110 §8.8.3, §13.1), which are given in their quotes: `"abc"`.
package enum EntityTag {
    /// Returns whether an `If-None-Match` header's value names the tag, so that the answer is 304.
    ///
    /// The comparison is weak, and `*` names every tag. A malformed list is read up to its first error.
    package static func matches(ifNoneMatch header: String, tag: String) -> Bool {
        if header == tag { return true }
        let opaque = opaqueTag(of: tag.utf8[...])
        var rest = header.utf8[...]
        skipSeparators(in: &rest)
        if rest.first == UInt8(ascii: "*") {
            rest.removeFirst()
            skipSeparators(in: &rest)
            return rest.isEmpty
        }
        while let candidate = nextTag(in: &rest) {
            if opaqueTag(of: candidate).elementsEqual(opaque) { return true }
            skipSeparators(in: &rest)
        }
        return false
    }

    /// Returns whether an `If-Range` header's value lets the `Range` header count: the same strong tag does, a date never
    /// does, since files have no meaningful modification date here.
    package static func matches(ifRange header: String, tag: String) -> Bool {
        guard header.utf8.first == UInt8(ascii: "\"") else { return false }
        return header == tag
    }

    private static func opaqueTag(of tag: Substring.UTF8View) -> Substring.UTF8View {
        tag.starts(with: "W/".utf8) ? tag.dropFirst(2) : tag
    }

    private static func skipSeparators(in rest: inout Substring.UTF8View) {
        rest = rest.drop { $0 == UInt8(ascii: ",") || ASCII.isBlank($0) }
    }

    private static func nextTag(in rest: inout Substring.UTF8View) -> Substring.UTF8View? {
        let opaque = opaqueTag(of: rest)
        guard opaque.first == UInt8(ascii: "\""),
            let end = opaque.dropFirst().firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        let behind = opaque.index(after: end)
        let tag = rest[..<behind]
        rest = rest[behind...]
        return tag
    }
}
