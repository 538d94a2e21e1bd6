/// The encodings in which pages are served, chosen by `Accept-Encoding` (RFC 9110 §12.5.3).
package enum ContentEncoding: String, CaseIterable, Hashable, Sendable {
    case zstd
    case gzip
    case identity

    /// The `Content-Encoding` header's value, nil for identity.
    package var header: String? {
        self == .identity ? nil : rawValue
    }

    /// Chooses the encoding for a request, or returns nil if not even identity is acceptable (406).
    ///
    /// The greatest weight wins; with equal weights zstd goes before gzip, and gzip before identity. Identity that
    /// isn't named is acceptable, but anything named is preferred to it. Without the header it is identity.
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
