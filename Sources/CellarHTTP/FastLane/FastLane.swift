import HTTPTypes
import LocalFiles
import NIOCore
import PackagingStandards
import Registry

/// Finds the answers that need no waiting: kept pages, 304s and kept files. Shared by all connections.
///
/// It asks the same deciding function as the router, and whatever it can answer, the router answers alike.
struct FastLane: Sendable {
    let registry: Registry
    let authentication: Authentication

    /// What to send for a request.
    struct Answer {
        let head: any ResponseHead
        let body: Body
        let route: String
        let callerName: String?
        /// The file that is sent, for counting.
        var entry: ServableFile?
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

    /// Returns the answer of a request, or nil if the router must find it. Called on event loops: it never waits.
    func answer(_ request: PlainRequest) -> Answer? {
        guard let address = Address(plain: request.path) ?? (try? Address(path: request.path)),
            let caller = authentication.knownCaller(request.conditions.authorization)
        else { return nil }
        switch address {
        case .project(let index, let name, true):
            return project(name, in: index, address, caller, request)
        case .projectOrIndex(let name, true):
            return project(name, in: .main, address, caller, request)
        case .projectList(let index, true):
            return page(.projectList(.wholeIndex), in: index, address, caller, request)
        case .file(let file, let isMetadata):
            return self.file(file, isMetadata: isMetadata, address, caller, request)
        default:
            return nil
        }
    }

    private func project(
        _ name: String, in index: IndexName, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        guard NormalizedName.isNormalized(name), let project = NormalizedName(name) else { return nil }
        return page(.project(project), in: index, address, caller, request)
    }

    private func page(
        _ subject: PageKey.Subject, in index: IndexName, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        guard let choice = try? PageChoice(for: request.conditions) else { return nil }
        let key = PageKey(index: index, subject: subject, form: choice.writtenForm)
        guard let page = registry.pages.inMemory(key, encoding: choice.encoding, caller: caller) else { return nil }
        let response = PageResponse(
            page, contentType: choice.form.contentType, isOpenToWebPages: registry.permissions.isOpenToWebPages(index),
            encoding: choice.encoding, ifNoneMatch: request.conditions.ifNoneMatch)
        let body = request.isHead ? nil : response.body
        return answer(response, body.map(Body.bytes) ?? .none, address, caller)
    }

    private func file(
        _ file: FileAddress, isMetadata: Bool, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        let key = FileCache.Key(address: file, isMetadata: isMetadata)
        guard let entry = registry.downloads.inMemory(key, caller: caller) else { return nil }
        let response = AskedFile(
            isMetadata: isMetadata, isPublic: registry.permissions.isPublic(file.index),
            isOpenToWebPages: registry.permissions.isOpenToWebPages(file.index), conditions: request.conditions,
            isHead: request.isHead
        ).head(entry)
        guard let range = response.range, !request.isHead else { return answer(response, .none, address, caller) }
        guard let body = Self.body(entry.contents, range) else { return nil }
        var answer = answer(response, body, address, caller)
        answer.entry = entry
        return answer
    }

    private func answer(_ head: any ResponseHead, _ body: Body, _ address: Address, _ caller: Caller) -> Answer {
        Answer(head: head, body: body, route: address.route, callerName: caller.isKnown ? caller.name : nil)
    }

    private static func body(_ contents: ServableFile.Contents, _ range: Range<Int64>) -> Body? {
        switch contents {
        case .bytes(let bytes):
            return bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count).map(Body.bytes)
        case .stored(let file):
            guard case .descriptor(let descriptor) = file.contents else { return nil }
            return .file(descriptor, range)
        case .offered: return nil
        }
    }
}
