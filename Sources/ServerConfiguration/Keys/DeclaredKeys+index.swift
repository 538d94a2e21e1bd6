import Registry

extension DeclaredKeys {
    static let read = ConfigurationKey(
        "index.*.read", .principals, default: [.everyone],
        defaultNote: "`[\"everyone\"]`, but only on a loopback address",
        help: "Who may see the index's projects and download their files. Must be written out where the server "
            + "listens beyond this machine.")
    static let write = ConfigurationKey(
        "index.*.write", .principals, default: [.authenticated],
        help: "Who may publish files and yank releases. Does not include `read`.")
    static let create = ConfigurationKey(
        "index.*.create", ValueType<[Principal]>.principals.optional, default: nil, defaultNote: "the same as `write`",
        example: "[\"group:owners\"]", help: "Who may publish the first file of a new project.")
    static let delete = ConfigurationKey(
        "index.*.delete", .principals, default: [], example: "[\"group:owners\"]",
        help: "Who may delete files and releases; administrators always may. A deleted file's name is never used "
            + "again.")
    static let overwrite = ConfigurationKey(
        "index.*.overwrite", .principals, default: [],
        help: "Who may replace a published file, where `allow_overwrite` is true; administrators always may then.")
    static let allowOverwrite = ConfigurationKey(
        "index.*.allow_overwrite", .boolean, default: false,
        help: "Whether published files can be replaced at all. Clients that have locked a file's digest will refuse "
            + "the new one.")
    static let maxFileSize = ConfigurationKey(
        "index.*.max_file_size", .size(atLeast: 1), default: 4 << 30,
        help: "The most bytes that a distribution file may have.")
    static let maxArchiveRatio = ConfigurationKey(
        "index.*.max_archive_ratio", .integer(2...1_000_000), default: 50,
        help: "How many times larger than the file its unpacked contents may be, where they are over 64 MiB; a bound "
            + "against decompression bombs.")
    static let maxArchiveSize = ConfigurationKey(
        "index.*.max_archive_size", .size(atLeast: 1), default: 16 << 30,
        help: "The most bytes that the unpacked contents of a distribution file may have.")

    static let index: [any DeclaredKey] = [
        read, write, create, delete, overwrite, allowOverwrite, maxFileSize, maxArchiveRatio, maxArchiveSize,
    ]

    static let group = ConfigurationKey(
        "groups.*", ValueType<String>.userName.list(named: "list of user names"), default: [],
        example: "[\"ada\", \"grace\"]", help: "The members of a group.")

    static let groups: [any DeclaredKey] = [group]
}
