import PackagingStandards

/// What to type or to write into a file so that a client uses an index.
struct ClientSnippet: Equatable {
    /// The client's name.
    let client: String
    /// The file in which the text belongs, or nil for a command.
    let place: String?
    let text: String

    /// Returns how clients install from an index: everything if it has upstreams, otherwise single projects.
    ///
    /// - Parameters:
    ///   - index: The index's name.
    ///   - hasUpstreams: Whether it has what its upstreams have.
    ///   - isPublic: Whether it takes no credentials.
    ///   - address: The server's address.
    /// - Returns: What to type or to write.
    static func install(
        from index: String, hasUpstreams: Bool, isPublic: Bool = true, at address: ServerAddress
    ) -> [ClientSnippet] {
        let url = "\(address.baseURL)/\(index)/simple/"
        // pip refuses plain HTTP, except from its own machine.
        let trust = address.isTrustedByPip ? "" : " --trusted-host \(address.host)"
        let uvEverything = "default = true"
        let uvSingle = """
            explicit = true

            [tool.uv.sources]
            PROJECT = { index = "cellar" }
            """
        return [
            ClientSnippet(client: "pip", place: nil, text: "pip install --index-url \(url)\(trust) PROJECT"),
            ClientSnippet(
                client: "uv", place: "pyproject.toml",
                text: """
                    [[tool.uv.index]]
                    name = "cellar"
                    url = "\(url)"
                    publish-url = "\(address.baseURL)/\(index)/"
                    \(hasUpstreams ? uvEverything : uvSingle)
                    """),
            ClientSnippet(
                client: "Poetry", place: nil,
                text: hasUpstreams
                    ? "poetry source add --priority=primary cellar \(url)"
                    : "poetry source add --priority=explicit cellar \(url)\npoetry add --source cellar PROJECT"),
            // The default source of PDM is called pypi: another of that name replaces it.
            ClientSnippet(
                client: "PDM", place: "pyproject.toml",
                text: """
                    [[tool.pdm.source]]
                    name = "\(hasUpstreams ? "pypi" : "cellar")"
                    url = "\(url)"
                    """ + (hasUpstreams ? "" : "\ninclude_packages = [\"PROJECT\"]")),
            ClientSnippet(
                client: "Docker", place: "Dockerfile",
                text: isPublic
                    ? "RUN pip install --index-url \(url)\(trust) PROJECT"
                    : """
                    # docker build --secret id=netrc,src=$HOME/.netrc .
                    RUN --mount=type=secret,id=netrc,target=/root/.netrc \\
                        pip install --index-url \(url)\(trust) PROJECT
                    """),
        ]
    }

    /// Returns how clients publish to an index.
    static func publish(to index: String, at address: ServerAddress) -> [ClientSnippet] {
        let url = "\(address.baseURL)/\(index)/"
        return [
            ClientSnippet(client: "twine", place: nil, text: "twine upload --repository-url \(url) dist/*"),
            ClientSnippet(client: "uv", place: nil, text: "uv publish --publish-url \(url)"),
            ClientSnippet(
                client: "Poetry", place: nil,
                text: """
                    poetry config repositories.cellar \(url)
                    poetry publish --build --repository cellar
                    """),
            ClientSnippet(client: "PDM", place: nil, text: "pdm publish --repository \(url)"),
        ]
    }
}

/// The address of the server as a client reaches it, and the parts of it that the page shows.
struct ServerAddress {
    /// Without a slash at the end.
    let baseURL: String
    /// The host, without a port.
    let host: String
    private let isEncrypted: Bool

    init(baseURL: String) {
        self.baseURL = baseURL
        let parts = WebAddressParts(baseURL)
        isEncrypted = parts?.scheme == .https
        let place = parts.flatMap { HostAndPort($0.authority) }
        host = place.map { $0.isBracketed ? "[\($0.host)]" : String($0.host) } ?? String(parts?.authority ?? "")
    }

    /// Whether pip uses the address without `--trusted-host`.
    var isTrustedByPip: Bool {
        isEncrypted || host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
    }
}
