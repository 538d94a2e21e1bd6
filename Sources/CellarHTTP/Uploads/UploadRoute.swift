import HTTPTypes
import Hummingbird
import LocalFiles
import Registry
import Synchronization

/// Publishes files (the legacy upload API).
struct UploadRoute: Sendable {
    let registry: Registry
    let authentication: Authentication
    let metrics: HTTPMetrics
    let slots: UploadSlots
    /// How long an uploading client may send nothing at all.
    let idleTimeout: Duration
    /// How long an upload may take.
    let longest: Duration

    /// Answers a POST at the address of an index.
    func answer(
        to index: IndexName, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
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

    private func upload(
        to index: IndexName, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        let caller = try await authentication.caller(request, context)
        let index = try registry.publishing.prepareUpload(to: index, caller: caller)
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

/// How many uploads may run at once: each takes up to some ten megabytes of memory for its form's fields.
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
