/// The second part of the eleventh step of the schema: the downloads of those who sent a tag.
enum TaggedDownloadsSchema {
    static let statements = [
        // The days are counted from 1970 in UTC. Empty names stand for those that were too many in a day.
        """
        CREATE TABLE tagged_downloads (
            day {int} NOT NULL,
            user_name {text} NOT NULL,
            tag {text} NOT NULL,
            index_name {text} NOT NULL,
            downloads {int} NOT NULL,
            PRIMARY KEY (day, user_name, tag, index_name)
        ) {clustered}
        """
    ]
}
