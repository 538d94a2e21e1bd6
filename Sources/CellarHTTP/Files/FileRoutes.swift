import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// Answers with files, and with their core metadata.
struct FileRoutes: Sendable {
    let registry: Registry
    let fileBody: FileBody

    /// Answers a GET or HEAD of a file, or of its core metadata.
    func answer(
        _ address: FileAddress, isMetadata: Bool, caller: Caller, _ request: Request,
        _ context: CellarRequestContext
    ) async throws -> Response {
        let entry = try await registry.downloads.file(at: address, isMetadata: isMetadata, caller: caller)
        let asked = AskedFile(
            isMetadata: isMetadata, isPublic: registry.permissions.isPublic(address.index),
            isOpenToWebPages: registry.permissions.isOpenToWebPages(address.index),
            conditions: RequestConditions(request.headers),
            isHead: request.method == .head)
        return try await answer(entry, asked, context)
    }

    /// Answers with a file that is ready, or that an upstream offers.
    func answer(
        _ entry: ServableFile, _ asked: AskedFile, _ context: CellarRequestContext
    ) async throws -> Response {
        if case .offered(let offered) = entry.contents {
            return try await answer(offered, entry, asked, context)
        }
        let head = asked.head(entry)
        guard let range = head.range, !asked.isHead else { return Self.answer(head, ResponseBody()) }
        registry.downloads.note(entry, isWhole: head.status == .ok, count: Int64(range.count))
        return Self.answer(head, fileBody.body(of: entry.contents, range: range, context))
    }

    /// Answers for a file that is not kept yet, and asks the upstream for no more than the answer needs.
    private func answer(
        _ offered: OfferedFile, _ entry: ServableFile, _ asked: AskedFile, _ context: CellarRequestContext
    ) async throws -> Response {
        let known = asked.head(entry)
        guard known.hasBody else { return Self.answer(known, ResponseBody()) }
        if asked.isHead {
            return Self.answer(asked.head(entry.with(size: try await offered.learnedSize())), ResponseBody())
        }
        if asked.wantsPart(of: entry) {
            let sized = asked.head(entry.with(size: try await offered.size()))
            guard sized.hasBody else { return Self.answer(sized, ResponseBody()) }
            if sized.status == .partialContent, let range = sized.range, let part = try await offered.part(range) {
                return Self.answer(sized, fileBody.body(of: part, length: range.count, context))
            }
        }
        let whole = try await offered.whole()
        let head = asked.whole.head(entry.with(size: whole.size))
        return Self.answer(head, fileBody.body(of: whole, length: head.range?.count, context))
    }

    private static func answer(_ head: FileResponse, _ body: ResponseBody) -> Response {
        Response(status: head.status, headers: head.headers, body: body)
    }
}
