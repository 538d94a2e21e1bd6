/// What to type or to write down, so that a client uses an index.
struct ClientSnippet: Equatable {
    /// The client's name.
    let client: String
    /// The file that the text belongs in; nil for a command.
    let place: String?
    let text: String
}

extension ClientSnippet {
    /// How clients install from the index of a name: everything where the index has upstreams, else single projects.
    static func install(from index: String, hasUpstreams: Bool, at address: ServerAddress) -> [ClientSnippet] {
        let url = "\(address.baseURL)/\(index)/simple/"
        // pip refuses plain HTTP but from this very machine.
        let trust = address.isTrustedByPip ? "" : " --trusted-host \(address.host)"
        let publishing = "publish-url = \"\(address.baseURL)/\(index)/\""
        return [ClientSnippet(client: "pip", place: nil, text: "pip install --index-url \(url)\(trust) PROJECT")]
            + (hasUpstreams ? everything(url, publishing) : singleProjects(url, publishing))
    }

    private static func everything(_ url: String, _ publishing: String) -> [ClientSnippet] {
        [
            ClientSnippet(
                client: "uv", place: "pyproject.toml",
                text: """
                    [[tool.uv.index]]
                    name = "cellar"
                    url = "\(url)"
                    \(publishing)
                    default = true
                    """),
            ClientSnippet(
                client: "Poetry", place: nil, text: "poetry source add --priority=primary cellar \(url)"),
            ClientSnippet(
                client: "PDM", place: "pyproject.toml",
                text: """
                    [[tool.pdm.source]]
                    name = "pypi"
                    url = "\(url)"
                    """),
        ]
    }

    private static func singleProjects(_ url: String, _ publishing: String) -> [ClientSnippet] {
        [
            ClientSnippet(
                client: "uv", place: "pyproject.toml",
                text: """
                    [[tool.uv.index]]
                    name = "cellar"
                    url = "\(url)"
                    \(publishing)
                    explicit = true

                    [tool.uv.sources]
                    PROJECT = { index = "cellar" }
                    """),
            ClientSnippet(
                client: "Poetry", place: nil,
                text: """
                    poetry source add --priority=explicit cellar \(url)
                    poetry add --source cellar PROJECT
                    """),
            ClientSnippet(
                client: "PDM", place: "pyproject.toml",
                text: """
                    [[tool.pdm.source]]
                    name = "cellar"
                    url = "\(url)"
                    include_packages = ["PROJECT"]
                    """),
        ]
    }

    /// How clients publish to the index of a name.
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
