import NIOCore
import NIOHTTP1
import NIOPosix
package import PackagingStandards
package import Registry

extension HTTPUpstream {
    package func page(of project: NormalizedName, known: PageValidators?) async throws -> UpstreamAnswer {
        try await measured(.page) { outcome in
            let answer = try await fetchPage(of: project, known: known)
            switch answer {
            case .page: break
            case .unchanged: outcome = .unchanged
            case .unknown: outcome = .unknown
            }
            return answer
        }
    }

    /// An upstream's answer to one request for a page.
    private enum PageAnswer {
        case page(SimpleProjectPage, PageValidity, PageFormat)
        case unchanged(PageValidity)
        case unknown
        /// It has the page in none of the requested forms.
        case otherForm(UpstreamError)

        func forRegistry() throws -> UpstreamAnswer {
            switch self {
            case .page(let page, let validity, _): return .page(page, validity)
            case .unchanged(let validity): return .unchanged(validity)
            case .unknown: return .unknown
            case .otherForm(let error): throw error
            }
        }
    }

    private func fetchPage(of project: NormalizedName, known: PageValidators?) async throws -> UpstreamAnswer {
        let isJSONAlone = formats.isJSONAlone
        let answer = try await ask(
            for: project, known, accept: isJSONAlone ? PageFormat.json.type : PageFormat.accept)
        switch (answer, isJSONAlone) {
        case (.page(let page, _, .html), false) where page.lacksTimes:
            if let better = try await inJSONAlone(project) { return better }
        case (.page(_, _, .html), true):
            formats.rest(PageFormats.restAfterRefusal, from: surroundings.now())
        case (.otherForm, true):
            formats.rest(PageFormats.restAfterRefusal, from: surroundings.now())
            return try await ask(for: project, known, accept: PageFormat.accept).forRegistry()
        default: break
        }
        return try answer.forRegistry()
    }

    /// Returns the page in JSON from an upstream that otherwise prefers HTML, or nil if it has none.
    private func inJSONAlone(_ project: NormalizedName) async throws -> UpstreamAnswer? {
        guard formats.mayTry(at: surroundings.now()) else { return nil }
        do {
            let answer = try await ask(for: project, nil, accept: PageFormat.json.type)
            guard case .page(_, _, .json) = answer else {
                formats.rest(PageFormats.restAfterRefusal, from: surroundings.now())
                return nil
            }
            formats.found()
            return try answer.forRegistry()
        } catch {
            formats.rest(PageFormats.restAfterFailure, from: surroundings.now())
            if error is CancellationError { throw error }
            return nil
        }
    }

    private func ask(
        for project: NormalizedName, _ known: PageValidators?, accept: String
    ) async throws -> PageAnswer {
        guard let address = WebAddress(pageURL(of: project)) else {
            throw error(.failed, "The page of \(project) has no address there.")
        }
        var headers = [("Accept", accept), ("Accept-Encoding", "gzip")]
        if let tag = known?.entityTag { headers.append(("If-None-Match", tag)) }
        if let moment = known?.lastModified { headers.append(("If-Modified-Since", moment)) }
        // A page at another origin says nothing about what this upstream has: indexes without a project redirect to a public
        // index, whose files must never be taken for theirs.
        let response = try await exchange.answer(
            to: ExchangeRequest(address: address, headers: headers, follows: { self.isOwn($0) }))
        if response.status == 200 {
            let (page, format) = try await read(response, project: project)
            return .page(page, validity(of: response, known: nil), format)
        }
        await response.body.discard()
        switch response.status {
        case 304:
            guard let known, known.entityTag != nil || known.lastModified != nil else {
                throw error(
                    .failed, "\(response.address.redacted) answered 304 (unchanged) to a request for the whole page.")
            }
            return .unchanged(validity(of: response, known: known))
        case _ where isAbsent(response): return .unknown
        default:
            response.ticket.settle(.answered)
            let error = unexpected(response)
            guard response.status == 406 || response.status == 415 else { throw error }
            return .otherForm(error)
        }
    }

    private func validity(of response: ExchangeResponse, known: PageValidators?) -> PageValidity {
        let validators = PageValidators(
            entityTag: response.headers.validator("ETag") ?? known?.entityTag,
            lastModified: response.headers.validator("Last-Modified") ?? known?.lastModified)
        return PageValidity(
            validators: validators, freshFor: PageFreshness.seconds(response.headers, at: surroundings.date()))
    }

    // MARK: The body

    private func read(
        _ response: ExchangeResponse, project: NormalizedName
    ) async throws -> (SimpleProjectPage, PageFormat) {
        let sent: ByteBuffer
        do {
            sent = try await collect(response)
            response.ticket.settle(.answered)
        } catch let error as UpstreamError {
            // An upstream that hangs within its pages counts as failing.
            response.ticket.settle(error.reason == .malformed ? .answered : .failed)
            throw error
        }
        let place = response.address
        let encoding = response.headers.first(name: "Content-Encoding")?.trimmingBlanks().lowercased()
        let type = response.headers.first(name: "Content-Type")
        do {
            return try await threads.runIfActive { [settings] in
                let body = try Self.unpacked(sent, encoding: encoding, limit: settings.maxPageSize)
                return try Self.parse(
                    body, contentType: type, from: place, project: project, maxFiles: settings.maxPageFiles)
            }
        } catch let problem as PageProblem {
            throw error(.malformed, "The page at \(place.redacted) cannot be used: \(problem.reason).")
        }
    }

    private func collect(_ response: ExchangeResponse) async throws -> ByteBuffer {
        let limit = settings.maxPageSize
        let end = surroundings.now() + surroundings.pageLimit
        let place = response.address.redacted
        func tooLarge() -> UpstreamError {
            error(.malformed, "The page at \(place) is larger than max_page_size allows (\(limit) bytes).")
        }
        if let length = response.body.length, length > limit {
            response.body.cut()
            throw tooLarge()
        }
        var bytes = ByteBuffer()
        while true {
            let left = surroundings.now().duration(to: end)
            guard left > .zero else {
                response.body.cut()
                throw error(.unreachable, "\(place) did not end within \(surroundings.pageLimit.wholeSeconds) s.")
            }
            guard var chunk = try await response.body.next(within: left) else { break }
            guard bytes.readableBytes + chunk.readableBytes <= limit else {
                response.body.cut()
                throw tooLarge()
            }
            bytes.writeBuffer(&chunk)
        }
        if let length = response.body.length, length != bytes.readableBytes {
            throw exchange.texts.truncated(response.address)
        }
        return bytes
    }

    private struct PageProblem: Error {
        let reason: String
    }

    private static func unpacked(_ bytes: ByteBuffer, encoding: String?, limit: Int) throws -> ByteBuffer {
        switch encoding {
        case nil, "", "identity": return bytes
        case "gzip", "x-gzip":
            do {
                return try Compression.gunzip(bytes, limit: limit)
            } catch CompressionError.tooLarge {
                throw PageProblem(reason: "it is larger than max_page_size allows (\(limit) bytes)")
            } catch {
                throw PageProblem(reason: "\(error)")
            }
        case .some: throw PageProblem(reason: "it is encoded in a way that was not asked for")
        }
    }

    private static func parse(
        _ body: ByteBuffer, contentType: String?, from address: WebAddress, project: NormalizedName, maxFiles: Int
    ) throws -> (SimpleProjectPage, PageFormat) {
        // A notice or a form to sign in never has a media type of the simple API.
        let isDeclared = contentType?.lowercased().hasPrefix("application/vnd.pypi.simple") ?? false
        let reader = SimplePageReader(
            pageURL: address.description, maxFiles: maxFiles, project: isDeclared ? nil : project)
        do {
            switch PageFormat(contentType: contentType, body: body) {
            case .json:
                let page = try reader.json(body)
                guard NormalizedName(page.name) == project else {
                    throw PageProblem(reason: "it is the page of another project than \(project)")
                }
                return (page, .json)
            case .html:
                // HTML does not say whose page it is.
                var page = try reader.html(body)
                page.name = project.description
                return (page, .html)
            case nil: throw PageProblem(reason: "it is neither JSON nor HTML")
            }
        } catch let error as SimplePageError {
            throw PageProblem(reason: error.reason)
        }
    }
}

extension SimpleProjectPage {
    /// Whether no file has an upload time (PEP 700), as in HTML.
    fileprivate var lacksTimes: Bool {
        !files.isEmpty && files.allSatisfy { $0.uploadTime == nil }
    }
}

extension HTTPHeaders {
    /// Returns a validator, or nil if it is missing, malformed, or too long to be kept and sent back.
    fileprivate func validator(_ name: String) -> String? {
        guard let value = first(name: name)?.trimmingBlanks(), !value.isEmpty, value.utf8.count <= 1024,
            !value.utf8.contains(where: ASCII.isControl)
        else { return nil }
        return value
    }
}
