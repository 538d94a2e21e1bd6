import PackagingStandards
import Registry
import ServerConfiguration

/// Trades a password, a longer token or an identity token for a session with a server, and keeps that for later commands.
public struct Login: Sendable {
    private let console: Console
    private let environment: [String: String]

    /// Makes it; nothing is asked or sent yet.
    public init(console: Console = .standard, environment: [String: String]) {
        self.console = console
        self.environment = environment
    }

    /// Asks for what is missing, gets a session, and keeps it in a file that only this user reads.
    public func run(_ wish: LoginWish) async throws(CommandFailure) {
        try await CommandFailure.translating {
            let file = try CredentialFile(environment: environment)
            let server = try Self.address(wish)
            let seconds = try Self.seconds(wish.lifetime)
            let session = try await SessionRequest(
                server: server, secret: try credentials(wish), seconds: seconds
            ).send()
            try file.keep(
                CredentialFile.Entry(token: session.token, owner: session.owner, expires_at: session.expires_at),
                for: server)
            console.notify("Logged in to \(server) as \(session.owner) until \(session.expires_at.prefix(16))Z.")
            console.notify("The session token is in \(file.path), which only you can read.")
        }
    }

    private func credentials(_ wish: LoginWish) throws -> SessionRequest.Secret {
        guard wish.readsInput || console.isInteractive else {
            throw CommandFailure(
                .usage,
                "There is no terminal to ask: pass a password or a token on standard input with --password-stdin.")
        }
        var user = wish.user
        if user == nil, !wish.readsInput {
            user = console.ask("User name (none for a token): ")
        }
        let secret = wish.readsInput ? console.readLine() : console.readSecret("Password or token: ")
        guard let secret, !secret.isEmpty else { throw CommandFailure(.usage, "No password and no token was given.") }
        if user == nil, Self.isIdentityToken(secret) { return .identity(secret) }
        let isToken = TokenText.isMeant(Array(secret.utf8))
        guard isToken || user?.isEmpty == false else {
            throw CommandFailure(.usage, "A password needs a user name: --user NAME.")
        }
        return .password(secret, user: user ?? "")
    }

    /// Returns whether a text has the form of a signed JSON Web Token: three parts, of which the first begins with `{"`.
    private static func isIdentityToken(_ text: String) -> Bool {
        text.hasPrefix("eyJ") && text.utf8.count { $0 == UInt8(ascii: ".") } == 2
    }

    /// Returns the address without a `/` at its end. Throws `.usage` for one that is impossible, or not encrypted.
    private static func address(_ wish: LoginWish) throws -> String {
        var text = wish.server[...]
        while text.hasSuffix("/") { text.removeLast() }
        let isEncrypted = text.hasPrefix("https://")
        guard isEncrypted || text.hasPrefix("http://"), let host = host(of: text), !host.isEmpty,
            !text.contains(where: { $0 == "@" || $0 == "?" || $0 == "#" || $0.isWhitespace })
        else {
            throw CommandFailure(
                .usage,
                "--server must be the address of a server, such as https://pypi.example.com; not \(wish.server).")
        }
        guard isEncrypted || wish.allowsPlainHTTP || ["localhost", "127.0.0.1", "[::1]"].contains(host) else {
            throw CommandFailure(
                .usage, "\(text) is not encrypted: everybody on the way would see the password. --allow-http sends it.")
        }
        return String(text)
    }

    private static func host(of address: Substring) -> Substring? {
        guard let scheme = address.firstRange(of: "://") else { return nil }
        let authority = address[scheme.upperBound...].prefix { $0 != "/" }
        if authority.first == "[" { return authority.lastIndex(of: "]").map { authority[...$0] } }
        return authority.prefix { $0 != ":" }
    }

    private static func seconds(_ text: String?) throws -> Int64? {
        guard let text else { return nil }
        guard let seconds = TimeLength.read(text)?.components.seconds, SessionLifetime.range.contains(seconds) else {
            throw CommandFailure(.usage, "--lifetime must be from 15m to 12h; not \(text).")
        }
        return seconds
    }
}
