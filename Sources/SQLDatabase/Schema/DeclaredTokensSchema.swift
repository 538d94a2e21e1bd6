/// The eleventh step of the schema: tokens that the configuration declares, which older programs would revoke.
enum DeclaredTokensSchema {
    static let statements = [
        "ALTER TABLE access_tokens ADD COLUMN is_declared {int} NOT NULL DEFAULT 0",
        "CREATE INDEX access_tokens_declared ON access_tokens (id) WHERE is_declared = 1",
    ]
}
