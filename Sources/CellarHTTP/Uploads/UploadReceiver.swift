import HTTPTypes
import Hummingbird
import NIOCore
import Registry

/// Receives the body of an upload: the fields into memory, the file into the spool.
struct UploadReceiver: Sendable {
    /// What came in.
    struct Upload: Sendable {
        let form: UploadForm
        let file: SpooledFile
    }

    let registry: Registry

    /// Reads a multipart/form-data body (the legacy upload API) whose file has `maxFileSize` bytes at most, tells
    /// `progress` of each chunk, and the context's client to go on where it waits for that.
    ///
    /// Throws `MultipartError` or `RegistryError`; nothing is left in the spool then.
    func receive(
        _ request: Request, maxFileSize: Int64, progress: BodyProgress, _ context: CellarRequestContext
    ) async throws -> Upload {
        guard let contentType = request.headers[.contentType] else { throw MultipartError.notFormData }
        let boundary = try MultipartBoundary(contentType: contentType)
        try checkLength(request.headers[.contentLength], maxFileSize: maxFileSize)
        var parser = MultipartParser(boundary: boundary, limits: MultipartLimits(files: maxFileSize))
        context.inviteBody()
        var assembly = Assembly(registry: registry, maxFileSize: maxFileSize)
        for try await chunk in request.body {
            progress.received(chunk.readableBytes)
            parser.receive(chunk)
            while let element = try parser.next() { try await assembly.take(element) }
        }
        try Task.checkCancellation()
        try parser.finish()
        return try assembly.upload()
    }

    /// Refuses at once what cannot be small enough in the end.
    private func checkLength(_ header: String?, maxFileSize: Int64) throws {
        let allowance = Int64(16 << 20)
        guard let length = header.flatMap(Int64.init), length > maxFileSize, length - maxFileSize > allowance else {
            return
        }
        throw MultipartError.fileTooLarge(limit: maxFileSize)
    }
}

/// What has come in of an upload so far.
private struct Assembly {
    let registry: Registry
    let maxFileSize: Int64
    private var fields: [(name: String, value: String)] = []
    private var filename: String?
    private var writer: SpoolWriter?
    private var file: SpooledFile?

    init(registry: Registry, maxFileSize: Int64) {
        self.registry = registry
        self.maxFileSize = maxFileSize
    }

    mutating func take(_ element: MultipartParser.Element) async throws {
        switch element {
        case .field(let field):
            fields.append((field.name, try field.text()))
        case .fileBegan(let began):
            guard began.field == "content" else {
                throw RegistryError(.invalidRequest, "The file must be sent in the field content.")
            }
            guard filename == nil else {
                throw RegistryError(.invalidRequest, "The field content was sent twice; send one file at a time.")
            }
            filename = began.filename
            writer = try await registry.beginUpload(maxSize: maxFileSize)
        case .fileBytes(let bytes):
            try await writer?.write(bytes)
        case .fileEnded:
            file = try await writer?.finish()
            writer = nil
        }
    }

    func upload() throws -> UploadReceiver.Upload {
        guard let filename, let file else {
            throw RegistryError(.invalidRequest, "The field content, with the file, is missing.")
        }
        return UploadReceiver.Upload(form: UploadForm(filename: filename, fields: fields), file: file)
    }
}
