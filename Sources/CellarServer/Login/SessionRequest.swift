import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Registry

/// The request that trades a password or a token for a session (`POST /api/v1/auth/session`).
struct SessionRequest {
    /// What the server answers.
    struct Session: Decodable {
        let token: String
        let owner: String
        let expires_at: String
    }

    private struct Refusal: Decodable {
        let message: String
    }

    /// What is traded.
    enum Secret {
        /// A password, or a token, which needs no user.
        case password(String, user: String)
        /// An identity token of OpenID Connect.
        case identity(String)
    }

    private struct Wish: Encodable {
        let expires_in: Int64?
        let identity_token: String?
    }

    let server: String
    let secret: Secret
    /// How long the session shall live; nil for what is usual.
    let seconds: Int64?

    /// Sends it, following no redirect: another host must not get the password.
    ///
    /// Throws `CommandFailure` if the server refuses, cannot be reached, or is none.
    func send() async throws -> Session {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let session = try await send(through: client)
            try await client.shutdown()
            return session
        } catch let failure as CommandFailure {
            try await client.shutdown()
            throw failure
        } catch {
            try await client.shutdown()
            throw CommandFailure(.unavailable, "\(server) does not answer: \(error)")
        }
    }

    private func send(through client: HTTPClient) async throws -> Session {
        var request = HTTPClientRequest(url: server + "/api/v1/auth/session")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        var wish = Wish(expires_in: seconds, identity_token: nil)
        switch secret {
        case .password(let password, let user):
            let basic = Data("\(user):\(password)".utf8).base64EncodedString()
            request.headers.add(name: "Authorization", value: "Basic \(basic)")
        case .identity(let token): wish = Wish(expires_in: seconds, identity_token: token)
        }
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(wish)))
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = Data(try await response.body.collect(upTo: 64 << 10).readableBytesView)
        if response.status == .created, let session = try? JSONDecoder().decode(Session.self, from: bytes) {
            return session
        }
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: bytes) else {
            throw CommandFailure(
                .failed, "\(server) is no server of this kind: it answers \(response.status.code). Check the address.")
        }
        throw CommandFailure(.failed, refusal.message)
    }
}
