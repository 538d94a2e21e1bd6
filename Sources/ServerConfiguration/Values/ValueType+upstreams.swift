import PackagingStandards
import Registry

extension ValueType where Value == String {
    /// The name of an upstream or an index.
    static let upstreamName = text(
        "name", expected: "the name of an upstream or an index", write: { $0 }
    ) { text in
        UpstreamName.isValid(text) ? text : nil
    }

    /// The address of a simple API, with a slash at its end; what is refused is not shown, since it may hold a
    /// password.
    static let simpleAPIURL = text(
        "URL", expected: "the http or https address of a simple API such as \"\(SimpleAPIURL.pypi)\"",
        explain: SimpleAPIURL.problem, write: { $0 }
    ) { SimpleAPIURL.read($0) }

    /// A user name of Basic authentication, which has no colon in it (RFC 7617 §2).
    static let basicUserName = text(
        "user name", expected: "a user name without colon and line end", write: { $0 }
    ) { text in
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") } ? text : nil
    }

    /// A host without scheme and port.
    static let host = text(
        "host", expected: "the name or address of a host, without scheme and port", write: { $0 }
    ) { text in
        let host = text.lowercased()
        return IPAddress(host) != nil || HostName.isStrict(host[...]) ? host : nil
    }
}

extension ValueType where Value == Secret {
    /// What stands behind `Bearer` in a header: visible ASCII alone.
    static let token = ValueType(
        name: secret.name, shape: secret.shape,
        parse: { (raw) throws(ValueProblem) -> Secret in
            let token = try secret.parse(raw)
            guard token.isHeaderSafe else {
                throw ValueProblem(message: "holds a space, a line end or another character that no token has")
            }
            return token
        },
        render: secret.render)
}

extension Secret {
    /// Whether the text is visible ASCII alone.
    var isHeaderSafe: Bool {
        reveal().utf8.allSatisfy(ASCII.isVisible)
    }
}

extension ValueType where Value == ProxyAddress {
    /// The address of a proxy; what is refused is not shown, since it may hold a password.
    static let proxy = text(
        "URL", expected: "an address and a port such as \"http://proxy.example.com:3128\"",
        explain: { _ in
            "must be an address and a port such as \"http://proxy.example.com:3128\" or "
                + "\"http://user:password@proxy.example.com:3128\""
        },
        write: { $0.description }
    ) { ProxyAddress($0) }
}

extension ValueType where Value == NormalizedName {
    /// The name of a project.
    static let projectName = text("project name", expected: "the name of a project", write: { $0.description }) {
        text in
        NormalizedName(text)
    }
}

extension ValueType where Value == NamePattern {
    /// A name, or the beginning of names.
    static let namePattern = text(
        "name or prefix", expected: "a project's name, or the beginning of names and a star such as \"acme-*\"",
        write: { $0.description }
    ) { NamePattern($0) }
}

extension ValueType where Value == [ProjectRequirement] {
    /// Projects, and versions of them.
    static let requirements: ValueType = {
        let list = ValueType<ProjectRequirement>.text(
            "requirement",
            expected: "a project's name, with or without versions, such as \"litellm\" or \"litellm>=1.82,<1.83\"",
            write: { $0.description }
        ) { ProjectRequirement($0) }
        .list(named: "list of requirements")
        return ValueType(name: list.name, shape: .requirements, parse: list.parse, render: list.render)
    }()
}

extension ValueType where Value == Timestamp {
    /// A date, or a date and a time.
    static let moment = ValueType(
        name: "moment", shape: .text,
        parse: { (raw) throws(ValueProblem) -> Timestamp in
            let expected = "must be a date such as 2026-11-01, or a moment such as \"2026-11-01T12:00:00Z\""
            switch raw {
            case .text(let text), .moment(let text):
                let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
                guard let moment = Timestamp(iso8601: whole) else {
                    throw ValueProblem(message: "\(expected), not \(quoted(text))")
                }
                return moment
            default:
                throw ValueProblem(message: "\(expected), not \(raw.kind)")
            }
        },
        render: { moment in
            let text = moment.iso8601
            if text.hasSuffix("T00:00:00.000000Z") { return quoted(String(text.prefix(10))) }
            return quoted(text.hasSuffix(".000000Z") ? text.prefix(19) + "Z" : text)
        })
}

/// The names that sections of upstreams may have.
enum UpstreamName {
    /// Returns whether a text has the grammar of an index's name; no address begins with it, so none is reserved.
    static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), bytes.first != 0x2D else { return false }
        return bytes.allSatisfy { ASCII.isLowercase($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }
    }
}

/// Addresses of simple APIs as they are written in the configuration.
enum SimpleAPIURL {
    /// The address of the upstream `pypi`, which is there without being written.
    static let pypi = "https://pypi.org/simple/"

    /// Reads an http or https address and ends it in one slash; nil if it has credentials, a query or a fragment,
    /// or is none.
    static func read(_ text: String) -> String? {
        guard let parts = WebAddressParts(text), parts.namesServerAlone else { return nil }
        // RFC 3986 §3.3: what a path may hold.
        let others = Set("/-._~%!$&'()*+,;=:@".utf8)
        guard parts.path.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || others.contains($0) }) else { return nil }
        return "\(parts.scheme.rawValue)://\(parts.authority.lowercased())\(parts.path)"
            + (parts.path.hasSuffix("/") ? "" : "/")
    }

    /// Returns why an address is refused that may hold a password or token, which is not shown, or nil for any other.
    static func problem(with text: String) -> String? {
        guard text.contains(where: { "@?#".contains($0) }) else { return nil }
        let scheme = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        guard text[scheme...].prefix(while: { $0 != "/" }).contains("@") else {
            return "must be \(expected), without query and fragment"
        }
        return "must not hold a user name or password: write them as username and password_file (or token_file) beside "
            + "it"
    }

    private static let expected = "the http or https address of a simple API such as \"\(pypi)\""
}

/// What happens to cached files that the policy would now hold back.
enum LockedFiles: String, Sendable, CaseIterable {
    case deny
    case allow
}

extension ValueType where Value == Int {
    /// A status by which an upstream may say that it does not have something: one of a client's mistakes (4xx), but for
    /// those that speak of credentials and of load. In the environment it is a text.
    static let absentStatus = ValueType(
        name: "HTTP status", shape: .integer,
        parse: { (raw) throws(ValueProblem) -> Int in
            let expected = "must be an HTTP status from 400 to 499 such as 403, and none of 401, 407, 408 and 429, "
            let status: Int? =
                switch raw {
                case .integer(let number): number
                case .text(let text): Int(text)
                default: nil
                }
            guard let status, (400...499).contains(status), ![401, 407, 408, 429].contains(status) else {
                throw ValueProblem(message: expected + "which mean something else")
            }
            return status
        },
        render: { String($0) })
}
