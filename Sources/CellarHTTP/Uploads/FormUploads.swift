import HTTPTypes
import Hummingbird
import LocalFiles
import NIOCore
package import Registry

/// What became of a file that a form sent.
package struct FormUpload: Sendable {
    package enum Outcome: Sendable {
        case published
        /// The same bytes were published before.
        case alreadyPublished
        case refused(RegistryError)
    }

    package let filename: String
    package let outcome: Outcome
}

/// Publishes the files of a form that a browser sends: several, with the same checks as the legacy upload API. What that
/// API's form says of a file is taken from its name.
struct FormUploads: Sendable {
    /// The most files of a form.
    static let mostFiles = 50
    /// Bytes of a field: there are few, and they are short.
    private static let longestField = 4096

    let registry: RegistryServices
    let metrics: HTTPMetrics
    let slots: UploadSlots
    let idleTimeout: Duration
    let longest: Duration

    /// Receives and publishes the files.
    ///
    /// - Parameters:
    ///   - request: The form: its fields first, then the files, each called `content`.
    ///   - caller: Who publishes.
    ///   - accept: Checks the fields and returns the index that they name; called before any byte of a file is taken.
    ///   - context: The request's.
    /// - Returns: What became of each file, in the order of the form.
    /// - Throws: What `accept` does, and why the form cannot be received: then nothing was published.
    func publish(
        _ request: Request, caller: Caller, accept: @escaping @Sendable ([String: String]) throws -> IndexName,
        _ context: CellarRequestContext
    ) async throws -> [FormUpload] {
        context.observation.kind = .upload
        return try await withTaskExecutorPreference(registry.uploadThreads) {
            let slot = try slots.take()
            defer { slot.giveBack() }
            let progress = BodyProgress()
            let received = try await progress.watch(idle: idleTimeout, longest: longest) {
                try await receive(request, caller: caller, accept: accept, progress: progress, context)
            }
            var uploads: [FormUpload] = []
            for (filename, file) in received.files {
                uploads.append(try await publish(filename, file, to: received.index, caller: caller))
            }
            return uploads
        }
    }

    private func publish(
        _ filename: String, _ file: SpooledFile, to index: IndexName, caller: Caller
    ) async throws -> FormUpload {
        do {
            let form = try UploadForm(namedBy: filename)
            let result = try await registry.publishing.publish(form, file: file, to: index, caller: caller)
            switch result {
            case .published:
                metrics.recordUpload("published", bytes: file.size)
                return FormUpload(filename: filename, outcome: .published)
            case .alreadyPublished:
                metrics.recordUpload("identical", bytes: file.size)
                return FormUpload(filename: filename, outcome: .alreadyPublished)
            }
        } catch let error as RegistryError where error.code != .internal {
            metrics.recordUpload(error.code.rawValue, bytes: 0)
            return FormUpload(filename: filename, outcome: .refused(error))
        }
    }

    private struct Received: Sendable {
        let index: IndexName
        let files: [(filename: String, file: SpooledFile)]
    }

    private func receive(
        _ request: Request, caller: Caller, accept: @Sendable ([String: String]) throws -> IndexName,
        progress: BodyProgress, _ context: CellarRequestContext
    ) async throws -> Received {
        guard let contentType = request.headers[.contentType] else { throw MultipartError.notFormData }
        var parser = MultipartParser(
            boundary: try MultipartBoundary(contentType: contentType),
            limits: MultipartLimits(field: Self.longestField, allFields: 1 << 20))
        context.inviteBody()
        var fields: [String: String] = [:]
        var files: [(filename: String, file: SpooledFile)] = []
        var settings: IndexSettings?
        var filename = ""
        var writer: SpoolWriter?
        for try await chunk in request.body {
            progress.received(chunk.readableBytes)
            parser.receive(chunk)
            while let element = try parser.next() {
                switch element {
                case .field(let field): fields[field.name] = try field.text()
                case .fileBegan(let began):
                    if settings == nil {
                        settings = try await registry.publishing.prepareUpload(to: try accept(fields), caller: caller)
                    }
                    guard files.count < Self.mostFiles else {
                        throw RegistryError(
                            .tooLarge, "A form may have \(Self.mostFiles) files: send the others in another one.")
                    }
                    filename = began.filename
                    writer = try await registry.publishing.beginUpload(maxSize: settings?.maxFileSize ?? 0)
                case .fileBytes(let bytes): try await writer?.write(bytes)
                case .fileEnded:
                    // A browser sends an empty file without a name if nobody has chosen one.
                    if let file = try await writer?.finish(), !filename.isEmpty { files.append((filename, file)) }
                    writer = nil
                }
            }
        }
        try Task.checkCancellation()
        try parser.finish()
        guard let settings else {
            _ = try accept(fields)
            throw RegistryError(.invalidRequest, "The form has no files: choose some.")
        }
        return Received(index: settings.name, files: files)
    }
}
