import Registry

extension DeclaredKeys {
    static let trustedPublishers = ConfigurationKey(
        "publishers.add", ValueType<WrittenPublisher>.publisher.list(named: "list of publishers"), default: [],
        example: "[\"github --repository acme/widget --workflow release.yml --project widget\"]",
        help: "The publishers, each in the words that follow `cellar publisher add`.")

    static let publishers: [any DeclaredKey] = [trustedPublishers]
}
