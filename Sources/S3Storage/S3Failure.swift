import AWSRequests
import NIOCore
import NIOHTTP1
import PackagingStandards
import Registry

/// An answer of a store that is a failure.
struct S3Failure: Error, CustomStringConvertible {
    let status: Int
    /// What the store calls it, such as `SlowDown`; nil if the answer does not say.
    let code: String?
    let message: String?
    /// The region of the bucket, if the store names it.
    let region: String?
    /// The field `Date` of the answer.
    let date: String?
    let purpose: String
    /// Seconds after which the store wants to be asked again.
    let retryAfter: Int64?

    init(status: Int, headers: HTTPHeaders, body: ByteBuffer, purpose: String) {
        let document = try? XMLElement(parsing: body.readableBytesView)
        let error = document?.name == "Error" ? document : nil
        self.status = status
        code = error?["Code"]
        message = error?["Message"]
        region = error?["Region"] ?? headers.first(name: "x-amz-bucket-region")
        date = headers.first(name: "Date")
        retryAfter = headers.first(name: "Retry-After").flatMap { Int64($0) }
        self.purpose = purpose
    }

    var description: String {
        let code = code.map { " \($0)" } ?? ""
        let message = message.flatMap { $0.isEmpty ? nil : ": \($0.prefix(300))" } ?? ""
        return "the store answered \(status)\(code)\(message)"
    }

    /// Whether the same request may succeed a moment later.
    var mayPass: Bool {
        if [429, 500, 502, 503, 504].contains(status) { return true }
        return isNamed("ConditionalRequestConflict", "OperationAborted", "RequestTimeout", "SlowDown")
    }

    /// Whether other credentials may help: these have ended, or are no longer known.
    var refusesCredentials: Bool {
        isNamed(
            "ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "TokenRefreshRequired", "SignatureDoesNotMatch")
    }

    private func isNamed(_ codes: String...) -> Bool {
        code.map(codes.contains) ?? false
    }

    /// The same for those who use the server.
    var registryError: RegistryError {
        if status == 507
            || isNamed("QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "InsufficientCapacity")
        {
            return RegistryError(
                .insufficientStorage, "There is no room left in the server's object store.", cause: self)
        }
        if mayPass {
            return RegistryError(
                .unavailable, "The server's object store is too busy; try again in a few seconds.",
                retryAfter: retryAfter, cause: self)
        }
        if [301, 307, 401, 403].contains(status) || code == "NoSuchBucket" || code == "AuthorizationHeaderMalformed" {
            return RegistryError(
                .unavailable,
                "The server is not allowed to use its object store; its operator has to put that right.", cause: self)
        }
        return RegistryError(.internal, "The server's object store failed.", cause: self)
    }

    /// What is wrong and what to do, for the operator; nil if nothing is known but the answer itself.
    func advice(_ settings: S3Settings, region used: String, now: Timestamp) -> String? {
        let bucket = settings.bucket
        switch code {
        case "RequestTimeTooSkewed":
            let theirs = date.map { ": it is \($0) there and \(now.httpDate) here" } ?? ""
            return
                "The clocks of this machine and of the store are too far apart\(theirs). Set the clock of this machine."
        case "NoSuchBucket":
            return "There is no bucket \(bucket) in the store. Make it, or set storage.create_bucket = true."
        case "InvalidAccessKeyId":
            return "The store does not know the access key."
        case "SignatureDoesNotMatch":
            return
                "The store says that the signature is wrong: it does not know the access key, or the secret key is another."
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            return "The credentials for the store have ended, and no others were found."
        default:
            break
        }
        if let region, region != used, status == 301 || status == 307 || status == 400 || status == 403 {
            return "The bucket \(bucket) is in the region \(region), not \(used): set region=\(region) in storage.url."
        }
        if status == 301 || status == 307 {
            return "The bucket \(bucket) is in another region than \(used): set the right one in storage.url."
        }
        if status == 403 { return "The access key may not \(purpose) in the bucket \(bucket)." }
        if status == 404 {
            return "There is no bucket \(bucket) in the store. Make it, or set storage.create_bucket = true."
        }
        return nil
    }
}
