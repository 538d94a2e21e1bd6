extension AuditSettings {
    /// Reads `[audit]` and checks what its keys mean together.
    init(_ reader: inout SettingsReader) {
        file = reader.value(of: DeclaredKeys.auditFile)
        let address = reader.secret(DeclaredKeys.auditWebhook)
        let secret = reader.secret(DeclaredKeys.auditWebhookSecret)
        switch (address, secret.flatMap(WebhookKey.bytes)) {
        case (let address?, let key?):
            webhook = Webhook(address: address.reveal(), key: key)
        case (.some, nil):
            reader.fail(
                "audit.webhook needs audit.webhook_secret beside it", at: reader.place(of: DeclaredKeys.auditWebhook))
            webhook = nil
        case (nil, .some):
            reader.fail(
                "audit.webhook_secret needs audit.webhook beside it",
                at: reader.place(of: DeclaredKeys.auditWebhookSecret))
            webhook = nil
        case (nil, nil):
            webhook = nil
        }
    }
}
