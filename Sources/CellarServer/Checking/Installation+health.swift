import PackagingStandards
import ServerConfiguration

extension Installation {
    /// Asks a server whether it is ready for requests, and prints one line.
    ///
    /// - Parameter url: The address of the server, with the path of a proxy if there is one; nil for the server that the
    ///   configuration describes, on this machine.
    /// - Throws: `.failed` if it is not ready, or does not answer within seconds.
    public func health(url: String?) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let request =
                try url.map(Self.request)
                ?? HealthRequest(
                    server: Self.ownAddress(configuration().server), verifiesCertificate: false)
            if let problem = await request.problem() {
                throw CommandFailure(.failed, "\(request.server) is not healthy: \(problem).")
            }
            console.print("\(request.server) is ready.")
        }
    }

    private static func request(of url: String) throws -> HealthRequest {
        guard let address = BaseURL(url) else {
            throw CommandFailure(
                .usage, "--url must be the address of a server, such as https://pypi.example.com; not \(url).")
        }
        return HealthRequest(server: address.description, verifiesCertificate: true)
    }

    /// Returns the address by which this machine reaches the server, whatever it is outside.
    private static func ownAddress(_ server: ServerSettings) throws -> String {
        let listen = server.listen
        guard listen.port != 0 else {
            throw CommandFailure(
                .usage, "server.listen leaves the port to the system: name the server with --url.")
        }
        let host =
            switch listen.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            case let host: host.contains(":") ? "[\(host)]" : host
            }
        return "\(server.tls == nil ? "http" : "https")://\(host):\(listen.port)"
    }
}
