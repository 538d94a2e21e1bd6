/// The forms in which the simple API's pages are served (PEP 691), chosen by `Accept` (RFC 9110 §12.5.1).
package enum PageForm: String, CaseIterable, Hashable, Sendable {
    /// `application/vnd.pypi.simple.v1+json`
    case json
    /// `application/vnd.pypi.simple.v1+html`
    case html
    /// `text/html`, for clients that know nothing of PEP 691
    case textHTML

    /// The `Content-Type` header's value; `latest` is answered with it too.
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
    /// become a space. Without an `Accept` header, with an empty one, and among forms named by a wildcard only, it is
    /// `text/html`; among forms named with equal weight, JSON.
    package static func negotiated(accept: String?, format: String? = nil) -> PageForm? {
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

    private static func named(_ format: String) -> PageForm? {
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
}

extension PageForm {
    private static func ranked(_ accept: String) -> PageForm? {
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

        /// The heaviest form. Among equals, one that is named goes before one that a wildcard covers; then JSON, as the
        /// richest, comes first among the named, and `text/html` among the covered.
        var best: PageForm? {
            var best: PageForm?
            var bestScore = (0, 0, 0)
            func consider(_ form: PageForm, _ weight: Weight, whenNamed: Int, whenCovered: Int) {
                let isNamed = weight.specificity >= .exact
                let score = (weight.quality, isNamed ? 1 : 0, isNamed ? whenNamed : whenCovered)
                guard weight.quality > 0, score > bestScore else { return }
                best = form
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

        /// What a media range with these parameters names: nil if they name something that isn't served here.
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
