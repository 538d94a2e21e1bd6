/// The fifth step of the schema lets the audit say where a change comes from, counts refused requests, and notes how far
/// each receiver of the audit has come.
enum AuditSchema {
    static let statements = [
        "ALTER TABLE audit ADD COLUMN address {text}",
        "ALTER TABLE audit ADD COLUMN request_id {text}",
        "ALTER TABLE audit ADD COLUMN times {int} NOT NULL DEFAULT 1",
        """
        CREATE TABLE audit_receivers (
            name {text} NOT NULL PRIMARY KEY,
            last_id {int} NOT NULL,
            claimed_by {text},
            claimed_until {int}
        ) {table}
        """,
    ]
}
