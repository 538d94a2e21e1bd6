import HTTPTypes
import Hummingbird
import PackagingStandards
import Registry

/// What the pages of duties share: the use cases, and how a screen becomes an answer.
struct Desk: Sendable {
    let registry: RegistryServices
    /// The indexes of the configuration, in its order.
    let indexes: [IndexSettings]
    let templates: PageTemplates

    /// Returns a screen as a response.
    func show(
        _ screen: Screen, to visit: PageVisit, status: HTTPResponse.Status? = nil
    ) -> Response {
        let isFailed = screen.problem != nil
        return templates.response(
            screen, "screen", to: visit, status: status ?? (isFailed ? .unprocessableContent : .ok))
    }

    /// Returns the indexes that a visitor knows of: those that they may read something in, or publish to.
    func knownIndexes(_ visit: PageVisit) -> [IndexSettings] {
        indexes.filter { settings in
            registry.permissions.maySee(settings, visit.caller)
                || registry.permissions.may(.write, nil, in: settings, visit.caller)
        }
    }
}

extension RegistryError {
    /// Whether a form shows the error, so that somebody can send another one; everything else is a page of its own.
    var isShownInForm: Bool {
        switch code {
        case .invalidRequest, .conflict, .alreadyExists, .forbidden, .notFound, .wrongCredentials, .unavailable: true
        default: false
        }
    }

    /// The status of a form that shows the error.
    var formStatus: HTTPResponse.Status {
        switch code {
        case .conflict, .alreadyExists: .conflict
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .unavailable: .serviceUnavailable
        default: .unprocessableContent
        }
    }
}

extension LocalPath {
    /// Makes the path of an address below `/`.
    static func at(_ path: String) -> LocalPath { LocalPath("/" + path) ?? .front }
}

/// A name as a part of a path or the value of a parameter (RFC 3986 §2.3).
enum PathPart {
    static func encoded(_ name: String) -> String {
        name.utf8.map { byte in
            if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

/// Times and amounts, as pages show them.
enum Shown {
    /// A time in UTC, to the minute.
    static func time(_ moment: Timestamp) -> String {
        moment.iso8601.prefix(16).replacing("T", with: " ") + " UTC"
    }

    /// A day in UTC.
    static func day(_ moment: Timestamp) -> String { String(moment.iso8601.prefix(10)) }

    /// Bytes, to one place behind the point.
    static func size(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var (amount, unit) = (Double(bytes), 0)
        while amount >= 1024, unit < units.count - 1 { (amount, unit) = (amount / 1024, unit + 1) }
        guard unit > 0 else { return "\(bytes) B" }
        let tenths = Int64((amount * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// A number with spaces between thousands.
    static func number(_ number: Int64) -> String {
        var text = ""
        for (place, digit) in String(number.magnitude).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append("\u{202F}") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }
}
