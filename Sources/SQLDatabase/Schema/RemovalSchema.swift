/// The fourth step: the ends of removals are numbered, so that bytes that were stored before one are never named after it.
enum RemovalSchema {
    static let statements = [
        // The number of the last removal of bytes that has ended.
        "ALTER TABLE installation ADD COLUMN removals {int} NOT NULL DEFAULT 0",
        // The highest number of a removal that no blob remembers any more.
        "ALTER TABLE installation ADD COLUMN forgotten_removals {int} NOT NULL DEFAULT 0",
        // The number of the removal of these bytes; null if they were not removed, or have been named since.
        "ALTER TABLE blobs ADD COLUMN removed_as {int}",
    ]
}
