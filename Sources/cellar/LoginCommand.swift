import ArgumentParser
import CellarServer

struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Log in to a server, and keep a token that lives for hours.",
        discussion: """
            The password, or a longer token, is traded for a session token, and not kept. The token may do what the \
            password or the token may, and ends with it. An identity token of a provider of [sso.<name>] is traded, too.
            """)

    @Option(help: ArgumentHelp("The address of the server, such as https://pypi.example.com.", valueName: "url"))
    var server: String
    @Option(help: ArgumentHelp("The user name; a token needs none.", valueName: "name")) var user: String?
    @Flag(
        name: .customLong("password-stdin"),
        help: "Read the password, a token or an identity token from one line of standard input.")
    var passwordFromInput = false
    @Option(help: ArgumentHelp("15m to 12h; else 1h.", valueName: "duration")) var lifetime: String?
    @Flag(name: .customLong("allow-http"), help: "Send the password without encryption.") var allowsPlainHTTP = false

    func run() async throws {
        try await reporting { () async throws(CommandFailure) in
            try await Login(environment: Environment.variables).run(
                LoginWish(
                    server: server, user: user, readsInput: passwordFromInput, lifetime: lifetime,
                    allowsPlainHTTP: allowsPlainHTTP))
        }
    }
}
