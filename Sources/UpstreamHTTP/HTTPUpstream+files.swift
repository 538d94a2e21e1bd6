import NIOCore
import NIOHTTP1
import PackagingStandards
package import Registry

extension HTTPUpstream {
    package func open(_ url: String, range: UpstreamRange?) async throws -> UpstreamFile {
        try await measured(.file) { _ in try await openFile(at: address(of: url), range: range) }
    }

    package func size(of url: String) async throws -> Int64? {
        try await measured(.size) { _ in
            let address = try address(of: url)
            let response = try await exchange.answer(
                to: ExchangeRequest(method: .HEAD, address: address, headers: Self.plainBytes))
            await response.body.discard()
            response.ticket.settle(.answered)
            switch response.status {
            case 200..<300: return response.body.length
            // Addresses that are signed for GET only, and servers without HEAD.
            case 403, 405, 501:
                let file = try await openFile(at: address, range: .bytes(0..<1))
                return file.size
            default: throw unexpected(response)
            }
        }
    }

    /// Headers that ask for a file as it is stored: its digest is that of these bytes.
    private static let plainBytes = [("Accept", "*/*"), ("Accept-Encoding", "identity")].map { ($0.0, $0.1) }

    private func address(of url: String) throws -> WebAddress {
        guard let address = WebAddress(url) else {
            throw error(.failed, "A file's address cannot be asked for: it is no plain http or https address.")
        }
        return address
    }

    private func openFile(at address: WebAddress, range: UpstreamRange?) async throws -> UpstreamFile {
        var headers = Self.plainBytes
        switch range {
        case nil: break
        case .bytes(let bytes):
            guard !bytes.isEmpty, bytes.lowerBound >= 0 else { throw error(.failed, "An empty part was asked for.") }
            headers.append(("Range", "bytes=\(bytes.lowerBound)-\(bytes.upperBound - 1)"))
        case .last(let count):
            guard count > 0 else { throw error(.failed, "An empty part was asked for.") }
            headers.append(("Range", "bytes=-\(count)"))
        }
        let response = try await exchange.answer(to: ExchangeRequest(address: address, headers: headers))
        response.ticket.settle(.answered)
        switch response.status {
        case 200:
            let length = response.body.length
            return UpstreamFile(size: length, range: nil, body: body(response, expected: length))
        case 206: return try part(response, asked: range)
        default:
            await response.body.discard()
            throw unexpected(response)
        }
    }

    private func part(_ response: ExchangeResponse, asked: UpstreamRange?) throws -> UpstreamFile {
        guard let asked, let stated = response.headers.first(name: "Content-Range").flatMap(ContentRange.init),
            asked.isAnswered(by: stated), response.body.length.map({ $0 == stated.range.count }) ?? true
        else {
            response.body.cut()
            throw error(.malformed, "\(response.address.redacted) answered with another part than was asked for (206).")
        }
        return UpstreamFile(
            size: stated.size, range: stated.range, body: body(response, expected: Int64(stated.range.count)))
    }

    private func body(_ response: ExchangeResponse, expected: Int64?) -> FileBody {
        FileBody(
            body: response.body, expected: expected, truncated: exchange.texts.truncated(response.address))
    }
}

extension UpstreamRange {
    /// Returns whether an answer's range is the one asked for, or its beginning: a server may send less.
    fileprivate func isAnswered(by stated: ContentRange) -> Bool {
        switch self {
        case .bytes(let bytes):
            return stated.range.lowerBound == bytes.lowerBound && stated.range.upperBound <= bytes.upperBound
        case .last(let count):
            guard let size = stated.size else { return stated.range.count <= count }
            return stated.range == max(0, size - count)..<size
        }
    }
}

/// The `Content-Range` of a 206 (RFC 9110 §14.4).
private struct ContentRange {
    let range: Range<Int64>
    /// Bytes of the whole file, or nil for `*`.
    let size: Int64?

    /// Reads `bytes 0-99/1234` or `bytes 0-99/*`, or returns nil for anything else.
    init?(_ text: String) {
        let parts = text.trimmingBlanks().split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let sides = parts[1].trimmingBlanks().split(separator: "/", omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last,
            last < .max
        else { return nil }
        if sides[1] == "*" {
            size = nil
        } else {
            guard let whole = Self.number(sides[1]), last < whole else { return nil }
            size = whole
        }
        range = first..<last + 1
    }

    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy(ASCII.isDigit) ? Int64(text) : nil
    }
}
