import HTTPTypes
import Hummingbird
import NIOCore
import Registry

extension HTTPService {
    /// Answers a method that changes something.
    func write(_ address: Address, _ request: Request, _ context: CellarRequestContext) async throws -> Response {
        if case .api(let segments) = address { return try await api(segments, request, context) }
        guard request.method == .post, let index = address.uploadIndex else {
            throw MethodNotAllowed(allowed: try address.methods())
        }
        if XMLRPC.isCall(request.headers) {
            context.observation.route = "xml-rpc"
            return XMLRPC.refusal
        }
        context.observation.route = "upload"
        do {
            return try await upload(to: index, request, context)
        } catch {
            metrics.recordUpload(HTTPFailure(error).code, bytes: 0)
            throw error
        }
    }

    /// Answers a request of the management API.
    func api(_ segments: [String], _ request: Request, _ context: CellarRequestContext) async throws -> Response {
        let resource = try APIResource(segments)
        let caller = try await caller(request, context)
        return try await APIRoutes(
            registry: registry, request: request, caller: caller, context: context,
            bodyIdleTimeout: settings.uploadIdleTimeout
        ).respond(resource)
    }

    /// What may be asked of an address (RFC 9110 §9.3.7).
    static func options(_ methods: [HTTPRequest.Method], _ context: CellarRequestContext) -> Response {
        var headers: HTTPFields = [.allow: MethodNotAllowed.header(methods), .cacheControl: "no-store"]
        if context.observation.isOpenToWebPages { headers.append(contentsOf: CrossOriginAccess.preflight) }
        return Response(status: .noContent, headers: headers)
    }

    /// Publishes a file (the legacy upload API).
    private func upload(
        to index: IndexName, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        let caller = try await caller(request, context)
        let index = try registry.publishing.prepareUpload(to: index, caller: caller)
        let slot = try uploadSlots.take()
        defer { slot.giveBack() }
        let progress = BodyProgress()
        let upload = try await progress.watch(idle: settings.uploadIdleTimeout, longest: settings.maxUploadTime) {
            [receiver] in
            try await receiver.receive(request, maxFileSize: index.maxFileSize, progress: progress, context)
        }
        let result = try await registry.publishing.publish(
            upload.form, file: upload.file, to: index.name, caller: caller)
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
