import NIOCore
import Synchronization

/// The form in which a page of the simple API was sent.
enum PageFormat: Sendable, Hashable {
    case json
    case html

    /// The media type of version 1 of the simple API.
    var type: String {
        switch self {
        case .json: "application/vnd.pypi.simple.v1+json"
        case .html: "application/vnd.pypi.simple.v1+html"
        }
    }

    /// The value of `Accept`: JSON before HTML (PEP 691).
    static let accept =
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

    /// Recognizes the form by an answer's media type or, if that means neither, by its first byte; returns nil if it is no
    /// page.
    init?(contentType: String?, body: ByteBuffer) {
        let type = contentType.map { $0.prefix { $0 != ";" }.trimmingBlanks().lowercased() }
        switch type {
        case "application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.latest+json", "application/json":
            self = .json
        case "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest+html", "text/html",
            "application/xhtml+xml":
            self = .html
        default:
            // A byte order mark and white space.
            let marks: [UInt8] = [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D]
            switch body.readableBytesView.first(where: { !marks.contains($0) }) {
            case UInt8(ascii: "{"): self = .json
            case UInt8(ascii: "<"): self = .html
            default: return nil
            }
        }
    }
}

/// Remembers in which form an upstream is asked for pages: some send HTML, which lacks the times of files, unless JSON
/// alone is asked for.
final class PageFormats: Sendable {
    /// How long an upstream without JSON is not asked for it alone again.
    static let restAfterRefusal = Duration.seconds(24 * 3600)
    /// The same if it failed, which says nothing about JSON.
    static let restAfterFailure = Duration.seconds(600)

    private enum State {
        case any
        case trying
        case jsonAlone
        case resting(until: ContinuousClock.Instant)
    }

    private let state = Mutex(State.any)

    /// Whether JSON alone is asked for.
    var isJSONAlone: Bool {
        state.withLock { if case .jsonAlone = $0 { true } else { false } }
    }

    /// Returns whether to ask for JSON alone as a trial; the caller then reports its end by `found` or `rest`.
    func mayTry(at moment: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            switch state {
            case .any: break
            case .resting(let until): guard moment >= until else { return false }
            case .trying, .jsonAlone: return false
            }
            state = .trying
            return true
        }
    }

    /// Notes that the upstream answers JSON if it is asked for nothing else.
    func found() {
        state.withLock { $0 = .jsonAlone }
    }

    /// Notes that it does not, or not any more.
    func rest(_ time: Duration, from moment: ContinuousClock.Instant) {
        state.withLock { $0 = .resting(until: moment + time) }
    }
}
