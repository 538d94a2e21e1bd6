import HTTPTypes
import Hummingbird
import LocalFiles
import NIOCore
import Registry
import Synchronization

/// Publishes files (the legacy upload API).
struct UploadRoute: Sendable {
    let registry: RegistryServices
    let authentication: Authentication
    let metrics: HTTPMetrics
    let slots: UploadSlots
    /// How long an uploading client may send nothing.
    let idleTimeout: Duration
    /// How long an upload may take.
    let longest: Duration

    /// Answers a POST at the address of an index.
    func answer(
        to index: IndexName, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        if XMLRPC.isCall(request.headers) {
            context.observation.kind = .xmlRPC
            return XMLRPC.refusal
        }
        context.observation.kind = .upload
        do {
            return try await withTaskExecutorPreference(registry.uploadThreads) {
                try await upload(to: index, request, context)
            }
        } catch {
            metrics.recordUpload(HTTPFailure(error).code, bytes: 0)
            throw error
        }
    }

    private func upload(
        to index: IndexName, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        let caller = try await authentication.caller(request, context)
        let index = try await registry.publishing.prepareUpload(to: index, caller: caller)
        let slot = try slots.take()
        defer { slot.giveBack() }
        let progress = BodyProgress()
        let upload = try await progress.watch(idle: idleTimeout, longest: longest) {
            [receiver = UploadReceiver(registry: registry)] in
            try await receiver.receive(request, maxFileSize: index.maxFileSize, progress: progress, context)
        }
        let result = try await registry.publishing.publish(
            upload.form, file: upload.file, to: index.name, caller: caller)
        switch result {
        case .published(let serial):
            metrics.recordUpload("published", bytes: upload.file.size)
            var response = Response.text("Published \(upload.form.filename).\n")
            if let name = HTTPField.Name.pypiLastSerial { response.headers[name] = String(serial) }
            return response
        case .alreadyPublished:
            metrics.recordUpload("identical", bytes: upload.file.size)
            return .text("\(upload.form.filename) had been published before, with the same contents.\n")
        }
    }
}

/// Receives the body of an upload: the fields into memory, the file into the spool.
private struct UploadReceiver {
    /// What has come in.
    struct Upload: Sendable {
        let form: UploadForm
        let file: SpooledFile
    }

    let registry: RegistryServices

    /// Invites and reads a multipart/form-data body (the legacy upload API) whose file has `maxFileSize` bytes at most,
    /// and reports each chunk to `progress`.
    ///
    /// Throws `MultipartError` or `RegistryError`; nothing stays in the spool then.
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

    /// Throws if a body of this length holds a file that is too large.
    private func checkLength(_ header: String?, maxFileSize: Int64) throws {
        // For all fields, and what stands between them.
        let allowance = Int64(32 << 20)
        guard let length = header.flatMap(Int64.init), length > maxFileSize, length - maxFileSize > allowance else {
            return
        }
        throw MultipartError.fileTooLarge(limit: maxFileSize)
    }
}

/// The parts of an upload that have come in so far.
private struct Assembly {
    let registry: RegistryServices
    let maxFileSize: Int64
    private var fields: [(name: String, value: String)] = []
    private var filename: String?
    private var writer: SpoolWriter?
    private var file: SpooledFile?

    init(registry: RegistryServices, maxFileSize: Int64) {
        self.registry = registry
        self.maxFileSize = maxFileSize
    }

    mutating func take(_ element: MultipartParser.Element) async throws {
        switch element {
        case .field(let field):
            guard UploadForm.isRead(field.name) else { return }
            fields.append((field.name, try field.text()))
        case .fileBegan(let began):
            guard filename == nil else {
                throw RegistryError(.invalidRequest, "The field content was sent twice; send one file at a time.")
            }
            filename = began.filename
            writer = try await registry.publishing.beginUpload(maxSize: maxFileSize)
        case .fileBytes(let bytes):
            try await writer?.write(bytes)
        case .fileEnded:
            file = try await writer?.finish()
            writer = nil
        }
    }

    func upload() throws -> UploadReceiver.Upload {
        let form = UploadForm(filename: filename ?? "", fields: fields)
        try form.checkAction()
        guard filename != nil, let file else {
            throw RegistryError(
                .invalidRequest,
                fields.contains { $0.name == "content" }
                    ? "The field content has no file name: send the distribution file as a file (filename=...)."
                    : "The field content, with the distribution file, is missing.")
        }
        return UploadReceiver.Upload(form: form, file: file)
    }
}

/// Bounds how many uploads run at once: the fields of each may take some ten megabytes of memory.
final class UploadSlots: Sendable {
    private let free: Mutex<Int>

    init(count: Int) {
        free = Mutex(count)
    }

    /// The right to run an upload.
    struct Slot {
        fileprivate let slots: UploadSlots

        /// Lets another upload run; called once.
        func giveBack() {
            slots.free.withLock { $0 += 1 }
        }
    }

    /// Takes a slot. Throws `.unavailable` if there is none.
    func take() throws -> Slot {
        try free.withLock { free in
            guard free > 0 else {
                throw RegistryError(
                    .unavailable, "The server is receiving as many uploads as it can at once; try again in a minute.")
            }
            free -= 1
        }
        return Slot(slots: self)
    }
}
