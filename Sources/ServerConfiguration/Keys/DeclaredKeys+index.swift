import PackagingStandards
import Registry

extension DeclaredKeys {
    static let description = ConfigurationKey(
        "index.*.description", .purpose, default: "", example: "\"Releases of the platform team\"",
        help: "What the index is for, in a sentence: the front page shows it to everybody who may see the index.")
    static let read = ConfigurationKey(
        "index.*.read", .principals, default: [.everyone],
        defaultNote: "`[\"everyone\"]`, but only on a loopback address",
        help: "Who may see the index's projects and download their files. Must be set if the server listens beyond "
            + "this machine.")
    static let write = ConfigurationKey(
        "index.*.write", .principals, default: [.authenticated],
        help: "Who may publish files and yank releases. Does not include `read`.")
    static let create = ConfigurationKey(
        "index.*.create", ValueType<[Principal]>.principals.optional, default: nil, defaultNote: "the same as `write`",
        example: "[\"group:owners\"]", help: "Who may publish the first file of a new project.")
    static let claim = ConfigurationKey(
        "index.*.claim", .principals, default: [], example: "[\"group:owners\"]",
        help: "Who may claim a name of which the server has cached files, by publishing or by a claim, and give names "
            + "back; administrators always may. A claim affects every index of the server.")
    static let delete = ConfigurationKey(
        "index.*.delete", .principals, default: [], example: "[\"group:owners\"]",
        help: "Who may delete files and releases; administrators always may. A deleted file's name is never used "
            + "again.")
    static let overwrite = ConfigurationKey(
        "index.*.overwrite", .principals, default: [],
        help: "Who may replace a published file if `allow_overwrite` is true; administrators always may then.")
    static let allowOverwrite = ConfigurationKey(
        "index.*.allow_overwrite", .boolean, default: false,
        help: "Whether published files can be replaced at all. Clients that have locked a file's digest will refuse "
            + "the new one.")
    static let crossOrigin = ConfigurationKey(
        "index.*.cross_origin", .boolean, default: false,
        help: "Whether web pages of any site may read the index in a browser, as micropip (Pyodide) does: answers then "
            + "have `Access-Control-Allow-Origin: *`. Only for an index that everyone may read. Be careful: any page "
            + "that a user visits can then read the index, even if only the user's network reaches it.")
    static let maxFileSize = ConfigurationKey(
        "index.*.max_file_size", .size(atLeast: 1), default: 4 << 30,
        help: "The most bytes that a distribution file may have.")
    static let maxArchiveRatio = ConfigurationKey(
        "index.*.max_archive_ratio", .integer(2...1_000_000), default: 50,
        help: "How many times larger than the file its unpacked contents may be, if they are over 64 MiB; a limit "
            + "against decompression bombs.")
    static let maxArchiveSize = ConfigurationKey(
        "index.*.max_archive_size", .size(atLeast: 1), default: 16 << 30,
        help: "The most bytes that the unpacked contents of a distribution file may have.")

    static let fallback = ConfigurationKey(
        "index.*.fallback", ValueType<Fallback>.choice, default: .cache,
        help: "What happens with projects that the index does not hold. `none`: nothing, they do not exist. "
            + "`redirect`: clients are redirected to the page of the first upstream. `cache`: the upstream's files are "
            + "listed under addresses of this index, and each is cached at its first download. `mirror`: as `cache`, "
            + "and for the projects in `mirror_projects`, the upstream's files are listed beside published ones.")
    static let upstreams = ConfigurationKey(
        "index.*.upstreams", ValueType<String>.upstreamName.list(named: "list of names"), default: ["pypi"],
        example: "[\"pypi\"]",
        help: "Where the index looks for projects that it does not hold, in order: names of `[upstream.<name>]`, or of "
            + "`[index.<name>]` for other indexes of this server. From then on, only the first one that has a project "
            + "is asked for it.")
    static let mirrorProjects = ConfigurationKey(
        "index.*.mirror_projects", ValueType<NormalizedName>.projectName.list(named: "list of projects"), default: [],
        example: "[\"requests\"]",
        help: "The projects of which the upstream's files are listed beside published ones; only with `fallback = "
            + "\"mirror\"`. Be careful: whoever controls the upstream's project can then publish a higher version than "
            + "yours.")
    static let privateNames = ConfigurationKey(
        "index.*.private", ValueType<NamePattern>.namePattern.list(named: "list of names and prefixes"), default: [],
        example: "[\"acme-*\", \"internal-tools\"]",
        help: "Names that no index of this server ever asks an upstream for; a `*` at the end matches every name that "
            + "begins like this. Names that were published here are private without being listed.")
    static let cacheUpdate = ConfigurationKey(
        "index.*.cache_update", .principals, default: [.everyone],
        help: "Who may cause a file to be fetched from an upstream. Other users see only the cached files of upstream "
            + "projects. Anonymous callers see everything if any user or group is on the list, and are asked to log in "
            + "at the download.")
    static let cacheQuota = ConfigurationKey(
        "index.*.cache_quota", ValueType<Int64>.size(atLeast: 1).optional, default: nil, defaultNote: "no limit",
        example: "\"50GiB\"",
        help: "The most bytes that cached files may take; beyond it, the files that were not downloaded for the "
            + "longest time are removed, and fetched again when somebody asks for them.")
    static let minAge = ConfigurationKey(
        "index.*.min_age", ValueType<Duration>.duration(.seconds(0) ... .seconds(3650 * 86_400)).optional,
        default: nil, defaultNote: "any age", example: "\"7d\"",
        help: "How long ago a file must have been uploaded to its upstream before it is listed or served here.")
    static let before = ConfigurationKey(
        "index.*.before", ValueType<Timestamp>.moment.optional, default: nil, defaultNote: "no limit",
        example: "2026-11-01",
        help: "Only files that were uploaded to their upstream before this moment are listed or served; a date begins "
            + "at midnight in UTC.")
    static let allow = ConfigurationKey(
        "index.*.allow", ValueType<[ProjectRequirement]>.requirements, default: [],
        example: "[\"numpy\", \"pandas>=2,<3\"]",
        help: "If not empty, only these projects, or only these versions of them, come from upstreams.")
    static let deny = ConfigurationKey(
        "index.*.deny", ValueType<[ProjectRequirement]>.requirements, default: [],
        example: "[\"litellm>=1.82,<1.83\"]",
        help: "These projects, or only these versions of them, are neither listed nor served, even if they are "
            + "published here. Overrides `allow`, `locked` and exceptions.")
    static let wheelsOnly = ConfigurationKey(
        "index.*.wheels_only", .boolean, default: false,
        help: "Whether source distributions of upstreams, which run code when they are installed, are held back.")
    static let maxUpstreamFileSize = ConfigurationKey(
        "index.*.max_upstream_file_size", ValueType<Int64>.size(atLeast: 1).optional, default: nil,
        defaultNote: "no limit", example: "\"1GiB\"",
        help: "The most bytes that a file of an upstream may have.")
    static let locked = ConfigurationKey(
        "index.*.locked", ValueType<LockedFiles>.choice, default: .deny,
        help: "What happens to a cached file that a rule would now hold back. With `deny`, it is not served. With "
            + "`allow`, clients that have it in a lock file can still download it, but no page lists it; the key "
            + "`deny` applies in any case.")

    static let requireProvenance = ConfigurationKey(
        "index.*.require_provenance", .attestedProjects, default: .projects([]), example: "[\"acme-*\"]",
        help: "`true`, or the names and prefixes of the projects whose files may be published here only with verified "
            + "attestations. Needs `[provenance]`. Files that come from upstreams are not concerned.")
    static let attestedBy = ConfigurationKey(
        "index.*.attested_by", ValueType<PublisherPattern>.publisherPattern.list(named: "list of publishers"),
        default: [], defaultNote: "anybody whom the trust roots know", example: "[\"github:acme/*\"]",
        help: "Whose attestations are accepted with uploads to the index; `*` stands for any text. An upload with one "
            + "of somebody else is refused. Needs `[provenance]`.")

    static let index: [any DeclaredKey] = [
        description, read, write, create, claim, delete, overwrite, allowOverwrite, crossOrigin, maxFileSize,
        maxArchiveRatio,
        maxArchiveSize, fallback,
        upstreams, mirrorProjects, privateNames, cacheUpdate, cacheQuota, minAge, before, allow, deny, wheelsOnly,
        maxUpstreamFileSize, locked, requireProvenance, attestedBy,
    ]
}
