import HTTPTypes
import Hummingbird
import NIOCore
import Registry

extension HTTPService {
    /// Answers anything but a GET or HEAD.
    func write(_ address: Address, _ request: Request, _ context: CellarRequestContext) async throws -> Response {
        if case .api(let segments) = address {
            let caller = try await caller(request, context)
            return try await APIRoutes(registry: registry, request: request, caller: caller).respond(segments)
        }
        guard request.method == .post, let index = address.uploadIndex else {
            return Response(
                status: .methodNotAllowed,
                headers: [.allow: address.uploadIndex == nil ? "GET, HEAD" : "GET, HEAD, POST"])
        }
        context.observation.route = "upload"
        do {
            return try await upload(to: index, request, context)
        } catch {
            metrics.recordUpload(ErrorRenderer.registryError(error).code.rawValue, bytes: 0)
            throw error
        }
    }

    /// Publishes a file (the legacy upload API).
    private func upload(
        to index: IndexName, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        let caller = try await caller(request, context)
        let index = try registry.prepareUpload(to: index, caller: caller)
        let progress = UploadProgress()
        let upload = try await progress.watch(idle: settings.uploadIdleTimeout, longest: settings.maxUploadTime) {
            [receiver] in
            try await receiver.receive(request, maxFileSize: index.maxFileSize, progress: progress)
        }
        let result = try await registry.publish(upload.form, file: upload.file, to: index.name, caller: caller)
        switch result {
        case .published(let serial):
            metrics.recordUpload("published", bytes: upload.file.size)
            var response = Self.text("Published \(upload.form.filename).\n")
            if let name = HTTPField.Name.pypiLastSerial { response.headers[name] = String(serial) }
            return response
        case .alreadyPublished:
            metrics.recordUpload("identical", bytes: upload.file.size)
            return Self.text("\(upload.form.filename) had been published before, with the same contents.\n")
        }
    }
}
