/// The twelfth step of the schema: leases, the servers at work, the wrong passwords that they count together, and the
/// secret of the first administrator's link.
enum LeasesSchema {
    static let statements = [
        """
        CREATE TABLE leases (
            name {text} NOT NULL PRIMARY KEY,
            holder {text} NOT NULL,
            fence {int} NOT NULL,
            held_until {int} NOT NULL
        ) {clustered}
        """,
        """
        CREATE TABLE replicas (
            id {text} NOT NULL PRIMARY KEY,
            name {text} NOT NULL,
            version {text} NOT NULL,
            configuration {text} NOT NULL,
            started_at {int} NOT NULL,
            seen_at {int} NOT NULL,
            counts_until {int} NOT NULL
        ) {clustered}
        """,
        """
        CREATE TABLE login_guesses (
            pair {text} NOT NULL PRIMARY KEY,
            guesses {int} NOT NULL,
            wait_until {int} NOT NULL
        ) {clustered}
        """,
        "ALTER TABLE installation ADD COLUMN setup_secret {text} NOT NULL DEFAULT ''",
    ]
}
