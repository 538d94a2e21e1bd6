import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Registry

/// Reads a range of an object piece by piece, as fast as it is taken, and goes on where it was if the connection is cut.
///
/// Unchecked: `AsyncThrowingStream` calls the closure that uses it for one element at a time, and nothing else has it.
final class RangeReader: @unchecked Sendable {
    private static let mostCuts = 5

    private let client: S3Client
    private let operation: S3Operation
    /// The object is read only as long as it has this tag; nil for any.
    private let entityTag: String?
    private let size: Int64
    private var offset: Int64
    private let end: Int64
    private var body: HTTPClientResponse.Body.AsyncIterator?
    private var cuts = 0

    init(_ client: S3Client, _ operation: S3Operation, entityTag: String?, size: Int64, range: Range<Int64>) {
        self.client = client
        self.operation = operation
        self.entityTag = entityTag
        self.size = size
        offset = range.lowerBound
        end = range.upperBound
    }

    /// Begins to read, so that what is missing, or a store that does not answer, is known before anything is promised.
    func start() async throws {
        guard offset < end else { return }
        do {
            body = try await open()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw RegistryError(ofStore: error)
        }
    }

    /// Returns the next piece, or nil at the end. Throws `RegistryError`: never bytes of another object.
    func next() async throws -> ByteBuffer? {
        while offset < end {
            do {
                if body == nil { body = try await open() }
                guard var iterator = body else { continue }
                body = nil
                let piece = try await iterator.next()
                body = iterator
                guard let piece else { throw Cut() }
                guard Int64(piece.readableBytes) <= end - offset else {
                    throw RegistryError(.internal, "The server's object store sent more than it was asked for.")
                }
                offset += Int64(piece.readableBytes)
                cuts = 0
                return piece
            } catch {
                body = nil
                guard !Task.isCancelled else { throw CancellationError() }
                cuts += 1
                if error is RegistryError || error is S3Failure || cuts > Self.mostCuts {
                    throw RegistryError(ofStore: error)
                }
            }
        }
        body = nil
        return nil
    }

    /// The answer has ended before the range.
    private struct Cut: Error {}

    private func open() async throws -> HTTPClientResponse.Body.AsyncIterator {
        var operation = operation
        operation.headers.append(("Range", "bytes=\(offset)-\(end - 1)"))
        if let entityTag { operation.headers.append(("If-Match", entityTag)) }
        operation.accepted = [206, 404, 412]
        let response = try await client.perform(operation) { OpenedRange(response: $0) }.response
        guard response.status.code == 206 else {
            throw RegistryError(.internal, "A stored file was removed or replaced while it was read.")
        }
        guard let range = ContentRange(response.headers), range.first == offset, range.total == size else {
            throw RegistryError(.internal, "The server's object store sent another part than it was asked for.")
        }
        return response.body.makeAsyncIterator()
    }

    private struct OpenedRange: Sendable {
        let response: HTTPClientResponse
    }
}

/// The field `Content-Range` of an answer (RFC 9110 §14.4).
struct ContentRange: Equatable {
    let first: Int64
    /// Bytes of the whole.
    let total: Int64

    /// Nil if it is missing or malformed.
    init?(_ headers: HTTPHeaders) {
        guard let text = headers.first(name: "Content-Range"), text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst("bytes ".count).split(separator: "/")
        guard parts.count == 2, let total = Int64(parts[1]),
            let first = parts[0].split(separator: "-").first.flatMap({ Int64($0) })
        else { return nil }
        self.first = first
        self.total = total
    }
}
