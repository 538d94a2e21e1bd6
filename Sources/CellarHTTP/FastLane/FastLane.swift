import HTTPTypes
import LocalFiles
import NIOCore
import PackagingStandards
import Registry

/// Finds the answers that need no waiting: pages and files in memory, open files, and 304s. All connections share it.
///
/// It asks the same functions as the router, which answers alike.
struct FastLane: Sendable {
    let registry: RegistryServices
    let authentication: Authentication
    let memories = AnswerMemories()
    let waits = ReadWaits()

    /// What is sent for a request.
    struct Answer {
        let head: any ResponseHead
        let body: Body
        let kind: RequestKind
        let callerName: String?
        /// The moment up to which the answer is good, if nothing changes; nil for as long as nothing does.
        let goodUntil: Timestamp?
        /// The file that is sent, for counting.
        var entry: ServableFile?
        /// Which bytes of it.
        var range: Range<Int64> = 0..<0
        /// Counts the download for the caller's tag, if there is one.
        var tagCounter: TaggedDownloadCounter?
    }

    /// The bytes of an answer.
    enum Body {
        case none
        case bytes(ByteBuffer)
        case file(OpenFile, Range<Int64>)

        /// The number of bytes.
        var length: Int64 {
            switch self {
            case .none: 0
            case .bytes(let bytes): Int64(bytes.readableBytes)
            case .file(_, let range): range.upperBound - range.lowerBound
            }
        }
    }

    /// Returns the answer to a request, or nil if the router must find it. Runs on event loops and never waits.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - isRead: Whether the changes were read since it arrived.
    /// - Returns: The answer.
    func answer(_ request: PlainRequest, isRead: Bool) -> Answer? {
        guard !request.hasSession, let address = Address(plain: request.path) ?? (try? Address(path: request.path)),
            let caller = authentication.knownCaller(
                request.conditions.authorization, privateToken: request.conditions.privateToken, isRead: isRead)
        else { return nil }
        switch address {
        case .project(let index, let name, true):
            return project(name, in: index, address, caller, request)
        case .projectOrIndex(let name, true):
            return project(name, in: .main, address, caller, request)
        case .projectList(let index, true):
            return page(.projectList, in: index, address, caller, request)
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
        let key = PageKey(index: index, subject: subject, format: choice.format)
        guard let page = registry.pages.inMemory(key, encoding: choice.encoding, caller: caller) else { return nil }
        let response = PageResponse(
            page, contentType: choice.mediaType.contentType,
            isOpenToWebPages: registry.permissions.isOpenToWebPages(index),
            encoding: choice.encoding, ifNoneMatch: request.conditions.ifNoneMatch)
        let body = request.isHead ? nil : response.body
        return answer(response, body.map(Body.bytes) ?? .none, address, caller, goodUntil: page.goodUntil)
    }

    private func file(
        _ file: FileAddress, isMetadata: Bool, _ address: Address, _ caller: Caller, _ request: PlainRequest
    ) -> Answer? {
        let key = FileCache.Key(address: file, isMetadata: isMetadata)
        // Only the router knows who is sent to the storage.
        guard let entry = registry.downloads.inMemory(key, caller: caller), !entry.isLinkable else { return nil }
        let response = AskedFile(
            isMetadata: isMetadata, isPublic: registry.permissions.isPublic(entry.project, in: file.index),
            isOpenToWebPages: registry.permissions.isOpenToWebPages(file.index), conditions: request.conditions,
            isHead: request.isHead
        ).head(entry)
        guard let range = response.range, !request.isHead else {
            return answer(response, .none, address, caller, goodUntil: entry.goodUntil)
        }
        guard let body = Self.body(entry.contents, range) else { return nil }
        var answer = answer(response, body, address, caller, goodUntil: entry.goodUntil)
        answer.entry = entry
        answer.range = range
        if response.status == .ok, !isMetadata {
            answer.tagCounter = registry.tagCounting.counter(of: caller, in: file.index)
        }
        return answer
    }

    private func answer(
        _ head: any ResponseHead, _ body: Body, _ address: Address, _ caller: Caller, goodUntil: Timestamp?
    ) -> Answer {
        Answer(
            head: head, body: body, kind: address.kind, callerName: caller.loggedName,
            goodUntil: [goodUntil, caller.expiresAt].compactMap(\.self).min())
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
