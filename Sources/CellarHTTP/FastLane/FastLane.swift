import HTTPTypes
import NIOCore
import PackagingStandards
import Registry

/// Finds the answers that need no waiting: kept pages, 304s and kept files. Shared by all connections.
///
/// It asks the same deciding function as the router, and whatever it can answer, the router answers alike.
struct FastLane: Sendable {
    let service: HTTPService

    /// What to send for a request.
    struct Answer {
        let status: HTTPResponse.Status
        let headers: HTTPFields
        let body: Body
        let route: String
        let callerName: String?
    }

    /// The bytes of an answer.
    enum Body {
        case none
        case bytes(ByteBuffer)
        case file(OpenFile, Range<Int64>)

        /// Bytes.
        var length: Int64 {
            switch self {
            case .none: 0
            case .bytes(let bytes): Int64(bytes.readableBytes)
            case .file(_, let range): range.upperBound - range.lowerBound
            }
        }
    }

    /// The answer of a GET or HEAD, or nil where the router must find it. Called on event loops: it never waits.
    func answer(_ request: HTTPRequest) -> Answer? {
        guard request.method == .get || request.method == .head, let path = request.path else { return nil }
        guard let answer = find(request, path: path) else { return nil }
        guard request.method == .head else { return answer }
        return Answer(
            status: answer.status, headers: answer.headers, body: .none, route: answer.route,
            callerName: answer.callerName)
    }

    private func find(_ request: HTTPRequest, path: String) -> Answer? {
        // A query may hold `?format=`; the router reads it.
        guard !path.utf8.contains(UInt8(ascii: "?")), RequestCheck.isHostClear(request),
            let address = try? Address(path: path)
        else { return nil }
        let fields = request.headerFields
        guard let caller = service.authentication.knownCaller(fields[.authorization]) else { return nil }
        switch address {
        case .project(let index, let name, true):
            return project(name, in: index, address, caller, fields)
        case .projectOrIndex(let name, true):
            return project(name, in: .main, address, caller, fields)
        case .projectList(let index, true):
            return page(.projectList(.wholeIndex), in: index, address, caller, fields)
        case .file(let file, let isMetadata):
            return self.file(file, isMetadata: isMetadata, address, caller, request)
        default:
            return nil
        }
    }

    private func project(
        _ name: String, in index: IndexName, _ address: Address, _ caller: Caller, _ fields: HTTPFields
    ) -> Answer? {
        guard NormalizedName.isNormalized(name), let project = NormalizedName(name) else { return nil }
        return page(.project(project), in: index, address, caller, fields)
    }

    private func page(
        _ subject: PageKey.Subject, in index: IndexName, _ address: Address, _ caller: Caller, _ fields: HTTPFields
    ) -> Answer? {
        guard let form = PageForm.negotiated(accept: fields[.accept]),
            let encoding = ContentEncoding.negotiated(fields[.acceptEncoding])
        else { return nil }
        let key = PageKey(index: index, subject: subject, form: form.pageForm)
        guard let page = service.registry.keptPage(key, caller: caller) else { return nil }
        let response = PageResponse(
            page, contentType: form.contentType, encoding: encoding, requestHeaders: fields)
        return Answer(
            status: response.status, headers: response.headers, body: response.body.map(Body.bytes) ?? .none,
            route: address.route, callerName: caller.isKnown ? caller.name : nil)
    }

    private func file(
        _ file: FileAddress, isMetadata: Bool, _ address: Address, _ caller: Caller, _ request: HTTPRequest
    ) -> Answer? {
        let key = FileCache.Key(address: file, isMetadata: isMetadata)
        guard let entry = service.registry.keptFile(key, caller: caller) else { return nil }
        let head = FileResponse(
            entry, isMetadata: isMetadata, isPublic: service.registry.isPublic(file.index), request: request)
        guard let body = Self.body(entry.contents, head.range) else { return nil }
        return Answer(
            status: head.status, headers: head.headers, body: body, route: address.route,
            callerName: caller.isKnown ? caller.name : nil)
    }

    private static func body(_ contents: FileCache.Entry.Contents, _ range: Range<Int64>?) -> Body? {
        guard let range else { return .some(.none) }
        switch contents {
        case .bytes(let bytes):
            return bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count).map(Body.bytes)
        case .stored(let file):
            guard case .descriptor(let descriptor) = file.contents else { return nil }
            return .file(descriptor, range)
        }
    }
}
