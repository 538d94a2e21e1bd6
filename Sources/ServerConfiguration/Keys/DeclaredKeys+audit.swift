extension DeclaredKeys {
    static let auditFile = ConfigurationKey(
        "audit.file", ValueType<String>.path.optional, default: nil, defaultNote: "none",
        example: "\"/var/log/cellar/audit.jsonl\"",
        help:
            "A file to which every line of the audit is appended too, as JSON. It is opened for each batch, so it may be "
            + "rotated by renaming. A relative path begins at the working directory.")
    static let auditWebhook = ConfigurationKey(
        "audit.webhook", ValueType<Secret>.webhook.optional, default: nil, defaultNote: "none",
        example: "\"https://hooks.example.com/cellar\"", isSecret: true,
        help:
            "An http or https address to which every line of the audit is posted, signed as Standard Webhooks says. It "
            + "counts as a secret, since such addresses often hold one. Needs `webhook_secret`.")
    static let auditWebhookSecret = ConfigurationKey(
        "audit.webhook_secret", ValueType<Secret>.webhookSecret.optional, default: nil, defaultNote: "none",
        example: quoted(WebhookKey.example), isSecret: true,
        help: "The key of the webhook's signatures: `whsec_` and 24 to 64 bytes in Base64, such as "
            + "`echo whsec_$(openssl rand -base64 32)` makes.")

    static let audit: [any DeclaredKey] = [
        auditFile, auditWebhook, auditWebhook.fileKey, auditWebhookSecret, auditWebhookSecret.fileKey,
    ]
}
