import PackagingStandards
import Registry

/// The form and the encoding in which a request gets a page. Router and fast lane both choose here.
struct PageChoice {
    let mediaType: PageMediaType
    let encoding: RenderedPage.Encoding

    /// Chooses by `Accept` and `Accept-Encoding`; `format` is the address's `?format=`, which alone decides the form.
    ///
    /// Throws `.notAcceptable` if nothing is accepted that is made here.
    init(for conditions: RequestConditions, format: String? = nil) throws {
        guard let mediaType = PageMediaType.negotiated(accept: conditions.accept, format: format) else {
            throw RegistryError(
                .notAcceptable,
                """
                None of the media types asked for is served: ask for application/vnd.pypi.simple.v1+json, \
                application/vnd.pypi.simple.v1+html or text/html.
                """)
        }
        self.mediaType = mediaType
        encoding = try Self.encoding(for: conditions)
    }

    /// Returns the encoding that a request prefers. Throws `.notAcceptable`.
    static func encoding(for conditions: RequestConditions) throws -> RenderedPage.Encoding {
        switch ContentEncoding.negotiated(conditions.acceptEncoding) {
        case .identity: return .identity
        case .gzip: return .gzip
        case .zstd: return .zstd
        case nil:
            throw RegistryError(.notAcceptable, "None of the codings in Accept-Encoding is made here: use identity.")
        }
    }

    /// How the page is written: both HTML forms are the same bytes.
    var format: PageKey.Format {
        switch mediaType {
        case .json: .json
        case .html, .textHTML: .html
        }
    }
}

/// The forms in which the simple API's pages are served (PEP 691), chosen by `Accept` (RFC 9110 §12.5.1).
package enum PageMediaType: String, CaseIterable, Hashable, Sendable {
    /// `application/vnd.pypi.simple.v1+json`
    case json
    /// `application/vnd.pypi.simple.v1+html`
    case html
    /// `text/html`, for clients that do not know PEP 691
    case textHTML

    /// The `Content-Type` header's value, also if `latest` was asked for.
    package var contentType: String {
        switch self {
        case .json: "application/vnd.pypi.simple.v1+json"
        case .html: "application/vnd.pypi.simple.v1+html"
        case .textHTML: "text/html; charset=utf-8"
        }
    }

    /// Chooses the form for a request, or returns nil if none is acceptable (406).
    ///
    /// `format` is the address's `?format=`, percent-decoded, and decides alone if it is given; its plus sign may have
    /// become a space. `text/html` is chosen if `Accept` is missing or empty, and among forms that only a wildcard
    /// names; JSON, among forms that are named with equal weight.
    package static func negotiated(accept: String?, format: String? = nil) -> PageMediaType? {
        if let format { return named(format) }
        guard let accept else { return .textHTML }
        switch accept {
        case pip, uv, jsonOnly: return .json
        case "*/*": return .textHTML
        default: return ranked(accept)
        }
    }

    private static let pip =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
    private static let uv =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
    private static let jsonOnly = "application/vnd.pypi.simple.v1+json"

    private static func named(_ format: String) -> PageMediaType? {
        switch format {
        case "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1 json",
            "application/vnd.pypi.simple.latest+json", "application/vnd.pypi.simple.latest json":
            .json
        case "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1 html",
            "application/vnd.pypi.simple.latest+html", "application/vnd.pypi.simple.latest html":
            .html
        case "text/html": .textHTML
        default: nil
        }
    }

    private static func ranked(_ accept: String) -> PageMediaType? {
        var ranking = Ranking()
        var isEmpty = true
        for element in QualityList(accept) {
            isEmpty = false
            ranking.add(element)
        }
        return isEmpty ? .textHTML : ranking.best
    }

    /// The weight that each media type got from the most specific range that names it.
    private struct Ranking {
        private var json = Weight()
        private var latestJSON = Weight()
        private var html = Weight()
        private var latestHTML = Weight()
        private var textHTML = Weight()

        mutating func add(_ element: QualityList.Element) {
            let value = element.value
            let quality = element.quality
            guard let specificity = Specificity(parameters: element.parameters) else { return }
            if QualityList.equals(value, "application/vnd.pypi.simple.v1+json") {
                json.take(quality, specificity)
            } else if QualityList.equals(value, "application/vnd.pypi.simple.v1+html") {
                html.take(quality, specificity)
            } else if QualityList.equals(value, "text/html") {
                textHTML.take(quality, specificity)
            } else if QualityList.equals(value, "application/vnd.pypi.simple.latest+json") {
                latestJSON.take(quality, specificity)
            } else if QualityList.equals(value, "application/vnd.pypi.simple.latest+html") {
                latestHTML.take(quality, specificity)
            } else if QualityList.equals(value, "text/*") {
                textHTML.take(quality, .type)
            } else if QualityList.equals(value, "application/*") {
                takeApplication(quality, .type)
            } else if QualityList.equals(value, "*/*") {
                textHTML.take(quality, .any)
                takeApplication(quality, .any)
            }
        }

        private mutating func takeApplication(_ quality: Int, _ specificity: Specificity) {
            json.take(quality, specificity)
            html.take(quality, specificity)
        }

        /// The heaviest form, or nil if all weigh nothing. Among equals, named forms come before those that a wildcard
        /// covers; JSON, the richest, is first among the named, and `text/html` among the covered.
        var best: PageMediaType? {
            var best: PageMediaType?
            var bestScore = (0, 0, 0)
            func consider(_ mediaType: PageMediaType, _ weight: Weight, whenNamed: Int, whenCovered: Int) {
                let isNamed = weight.specificity >= .exact
                let score = (weight.quality, isNamed ? 1 : 0, isNamed ? whenNamed : whenCovered)
                guard weight.quality > 0, score > bestScore else { return }
                best = mediaType
                bestScore = score
            }
            consider(.json, .heavier(json, latestJSON), whenNamed: 3, whenCovered: 2)
            consider(.html, .heavier(html, latestHTML), whenNamed: 2, whenCovered: 1)
            consider(.textHTML, textHTML, whenNamed: 1, whenCovered: 3)
            return best
        }
    }

    private enum Specificity: Int, Comparable {
        case none, any, type, exact, parameterized

        /// Reads the parameters of a media range, or returns nil if they name something that isn't served here.
        init?(parameters: Substring.UTF8View) {
            if parameters.isEmpty {
                self = .exact
            } else if QualityList.equals(parameters, "charset=utf-8")
                || QualityList.equals(parameters, "charset=\"utf-8\"")
            {
                self = .parameterized
            } else {
                return nil
            }
        }

        static func < (left: Specificity, right: Specificity) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    private struct Weight {
        var quality = 0
        var specificity = Specificity.none

        mutating func take(_ quality: Int, _ specificity: Specificity) {
            guard specificity > self.specificity else { return }
            self.quality = quality
            self.specificity = specificity
        }

        static func heavier(_ left: Weight, _ right: Weight) -> Weight {
            right.quality > left.quality ? right : left
        }
    }
}

/// The encodings in which pages are served, chosen by `Accept-Encoding` (RFC 9110 §12.5.3).
package enum ContentEncoding: String, CaseIterable, Hashable, Sendable {
    case zstd
    case gzip
    case identity

    /// Chooses the encoding for a request, or returns nil if not even identity is acceptable (406).
    ///
    /// The greatest weight wins; with equal weights zstd comes before gzip, and gzip before identity. Identity is
    /// acceptable even if it isn't named, but anything named comes before it. Without the header it is identity.
    package static func negotiated(_ acceptEncoding: String?) -> ContentEncoding? {
        guard let acceptEncoding else { return .identity }
        switch acceptEncoding {
        case "gzip, deflate, zstd", "gzip, deflate, br, zstd", "gzip, br, zstd, deflate": return .zstd
        case "gzip, deflate", "gzip", "gzip, deflate, br": return .gzip
        case "identity", "": return .identity
        default: return ranked(acceptEncoding)
        }
    }

    private static func ranked(_ acceptEncoding: String) -> ContentEncoding? {
        var zstd: Int?
        var gzip: Int?
        var identity: Int?
        var others: Int?
        for element in QualityList(acceptEncoding) {
            if QualityList.equals(element.value, "zstd") {
                zstd = zstd ?? element.quality
            } else if QualityList.equals(element.value, "gzip") || QualityList.equals(element.value, "x-gzip") {
                gzip = gzip ?? element.quality
            } else if QualityList.equals(element.value, "identity") {
                identity = identity ?? element.quality
            } else if QualityList.equals(element.value, "*") {
                others = others ?? element.quality
            }
        }
        let zstdQuality = zstd ?? others ?? 0
        let gzipQuality = gzip ?? others ?? 0
        let identityQuality = identity ?? others ?? Int.min
        if zstdQuality > 0, zstdQuality >= gzipQuality, zstdQuality >= identityQuality { return .zstd }
        if gzipQuality > 0, gzipQuality >= identityQuality { return .gzip }
        return identityQuality == 0 ? nil : .identity
    }
}

/// A comma-separated list of values with weights, such as an `Accept` header's (RFC 9110 §12.4.2, §12.5.1), read in
/// place without allocating.
///
/// Malformed elements are skipped.
private struct QualityList: Sequence {
    /// One element of the list.
    struct Element {
        /// The value without its parameters, as sent; never empty.
        var value: Substring.UTF8View
        /// The weight in thousandths, 0...1000.
        var quality: Int
        /// The parameters before the weight, from behind the first semicolon, or empty.
        var parameters: Substring.UTF8View
    }

    private let text: String.UTF8View

    init(_ header: String) {
        text = header.utf8
    }

    func makeIterator() -> Iterator {
        Iterator(rest: text[...])
    }

    struct Iterator: IteratorProtocol {
        var rest: Substring.UTF8View

        mutating func next() -> Element? {
            while !rest.isEmpty {
                let member = takeMember()
                if let element = QualityList.element(member) { return element }
            }
            return nil
        }

        /// Takes a member up to the next comma that isn't inside a quoted string, and drops the comma.
        private mutating func takeMember() -> Substring.UTF8View {
            let end = QualityList.firstIndex(of: comma, in: rest)
            let member = rest[..<(end ?? rest.endIndex)]
            rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
            return member
        }
    }

    private static func element(_ member: Substring.UTF8View) -> Element? {
        var rest = member
        let value = ASCII.trimmingBlanks(takePart(from: &rest))
        guard !value.isEmpty else { return nil }
        let parametersStart = rest.startIndex
        while !rest.isEmpty {
            let start = rest.startIndex
            let parameter = ASCII.trimmingBlanks(takePart(from: &rest))
            if let weight = weightText(of: parameter) {
                guard let quality = quality(weight) else { return nil }
                // What follows the weight is an obsolete extension.
                return Element(value: value, quality: quality, parameters: parameters(member[parametersStart..<start]))
            }
        }
        return Element(value: value, quality: 1000, parameters: parameters(member[parametersStart...]))
    }

    /// Returns parameters without the spaces around them and the semicolon behind them.
    private static func parameters(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = ASCII.trimmingBlanks(text)
        if text.last == semicolon { text = ASCII.trimmingBlanks(text.dropLast()) }
        return text
    }

    /// Takes a part up to the next semicolon that isn't inside a quoted string, and drops the semicolon.
    private static func takePart(from rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let end = firstIndex(of: semicolon, in: rest)
        let part = rest[..<(end ?? rest.endIndex)]
        rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
        return part
    }

    private static func firstIndex(of byte: UInt8, in text: Substring.UTF8View) -> String.Index? {
        var quoted = false
        var index = text.startIndex
        while index < text.endIndex {
            let current = text[index]
            if current == byte, !quoted { return index }
            if current == quote { quoted.toggle() }
            if current == backslash, quoted { text.formIndex(after: &index) }
            if index < text.endIndex { text.formIndex(after: &index) }
        }
        return nil
    }

    private static func weightText(of parameter: Substring.UTF8View) -> Substring.UTF8View? {
        guard let name = parameter.first, ASCII.lowercased(name) == UInt8(ascii: "q"),
            parameter.dropFirst().first == UInt8(ascii: "=")
        else { return nil }
        return parameter.dropFirst(2)
    }

    /// Reads `0`, `0.5`, `1.000` and the like, or returns nil.
    private static func quality(_ text: Substring.UTF8View) -> Int? {
        var digits = text.makeIterator()
        guard let first = digits.next(), first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else { return nil }
        var quality = Int(first - UInt8(ascii: "0")) * 1000
        guard let point = digits.next() else { return quality }
        guard point == UInt8(ascii: "."), text.count <= 5 else { return nil }
        var scale = 100
        while let digit = digits.next() {
            guard ASCII.isDigit(digit) else { return nil }
            quality += Int(digit - UInt8(ascii: "0")) * scale
            scale /= 10
        }
        return quality <= 1000 ? quality : nil
    }

    /// Returns whether a text is an ASCII name, given in lower case, in any case.
    static func equals(_ text: Substring.UTF8View, _ name: StaticString) -> Bool {
        guard text.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { name in
            var index = 0
            for byte in text {
                if ASCII.lowercased(byte) != name[index] { return false }
                index += 1
            }
            return true
        }
    }
}

private let comma = UInt8(ascii: ",")
private let semicolon = UInt8(ascii: ";")
private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
