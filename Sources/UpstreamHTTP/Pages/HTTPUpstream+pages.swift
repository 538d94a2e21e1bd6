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

    private func fetchPage(of project: NormalizedName, known: PageValidators?) async throws -> UpstreamAnswer {
        guard let address = WebAddress(pageURL(of: project)) else {
            throw error(.failed, "The page of \(project) has no address there.")
        }
        var headers = [("Accept", PageForm.accept), ("Accept-Encoding", "gzip")]
        if let tag = known?.entityTag { headers.append(("If-None-Match", tag)) }
        if let moment = known?.lastModified { headers.append(("If-Modified-Since", moment)) }
        let response = try await exchange.answer(to: ExchangeRequest(address: address, headers: headers))
        switch response.status {
        case 200:
            let page = try await read(response, project: project)
            return .page(page, validity(of: response, known: nil))
        case 304:
            await response.body.discard()
            guard let known, known.entityTag != nil || known.lastModified != nil else {
                throw error(
                    .failed, "\(response.address.redacted) says that what was never asked for is unchanged (304).")
            }
            return .unchanged(validity(of: response, known: known))
        case 404, 410:
            await response.body.discard()
            return .unknown
        default:
            await response.body.discard()
            response.ticket.settle(.answered)
            throw unexpected(response)
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

    private func read(_ response: ExchangeResponse, project: NormalizedName) async throws -> SimpleProjectPage {
        let sent: ByteBuffer
        do {
            sent = try await collect(response)
            response.ticket.settle(.answered)
        } catch let error as UpstreamError {
            // An upstream that hangs within its pages is as good as none.
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
    ) throws -> SimpleProjectPage {
        let reader = SimplePageReader(pageURL: address.description, maxFiles: maxFiles)
        do {
            switch PageForm(contentType: contentType, body: body) {
            case .json:
                let page = try reader.json(body)
                guard NormalizedName(page.name) == project else {
                    throw PageProblem(reason: "it is the page of another project than \(project)")
                }
                return page
            case .html:
                // HTML does not tell whose page it is.
                var page = try reader.html(body)
                page.name = project.description
                return page
            case nil: throw PageProblem(reason: "it is neither JSON nor HTML")
            }
        } catch let error as SimplePageError {
            throw PageProblem(reason: error.reason)
        }
    }
}

extension HTTPHeaders {
    /// A validator; nil where it is missing, or too long to be kept and sent back.
    fileprivate func validator(_ name: String) -> String? {
        guard let value = first(name: name)?.trimmingBlanks(), !value.isEmpty, value.utf8.count <= 1024,
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return value
    }
}
