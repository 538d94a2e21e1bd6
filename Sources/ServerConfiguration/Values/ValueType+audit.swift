import PackagingStandards

extension ValueType where Value == Secret {
    /// The address of a webhook, which may hold a secret in its path or query.
    static let webhook = ValueType(
        name: secret.name, shape: secret.shape,
        parse: { (raw) throws(ValueProblem) -> Secret in
            let address = try secret.parse(raw)
            guard address.isHeaderSafe, let parts = WebAddressParts(address.reveal()), !parts.hasFragment,
                parts.userInfo == nil, !parts.authority.isEmpty
            else {
                throw ValueProblem(
                    message: "must be an http or https address such as \"https://hooks.example.com/cellar\", without "
                        + "user name, password and fragment")
            }
            return address
        },
        render: secret.render)

    /// The key of a webhook's signatures.
    static let webhookSecret = ValueType(
        name: secret.name, shape: secret.shape,
        parse: { (raw) throws(ValueProblem) -> Secret in
            let text = try secret.parse(raw)
            guard WebhookKey.bytes(of: text) != nil else {
                throw ValueProblem(message: "must be \"whsec_\" and 24 to 64 bytes in Base64")
            }
            guard text.reveal() != WebhookKey.example else {
                throw ValueProblem(message: "can't be the example of the documentation, which everybody knows")
            }
            return text
        },
        render: secret.render)
}

/// Keys of webhooks as Standard Webhooks writes them.
enum WebhookKey {
    /// What stands in the documentation, and is refused.
    static let example = "whsec_ZXhhbXBsZTsgZHJhdyBvbmUgb2Ygb3du"

    /// Returns the bytes of a key, or nil for any other text.
    static func bytes(of secret: Secret) -> [UInt8]? {
        let text = secret.reveal()
        guard text.hasPrefix("whsec_"), let bytes = Base64.decode(text.utf8.dropFirst(6)),
            (24...64).contains(bytes.count)
        else { return nil }
        return bytes
    }
}
