import HTTPTypes
import Hummingbird
import NIOCore
import PackagingStandards
import Registry

/// Answers with RSS feeds, under the addresses and in the form of PyPI's, of what the caller may read.
struct FeedRoutes: Sendable {
    /// How many entries a feed has, as on PyPI.
    private static let length = 40

    let registry: RegistryServices
    let addresses: RequestAddresses

    /// Answers a GET or HEAD of a feed of one index, or of all that the caller may read.
    ///
    /// The releases of a project, without an index, are those of the index `main`.
    func answer(
        _ feed: Feed, in index: IndexName?, caller: Caller, _ request: Request, _ context: CellarRequestContext
    ) async throws -> Response {
        let baseURL = addresses.baseURL(of: request, peer: context.peer)
        let page: FeedPage
        switch feed {
        case .packages: page = try await packages(in: index, caller: caller, baseURL)
        case .updates: page = try await updates(in: index, caller: caller, baseURL)
        case .releases(let name): page = try await releases(of: name, in: index ?? .main, caller: caller, baseURL)
        }
        return page.response(to: request)
    }

    private func packages(in index: IndexName?, caller: Caller, _ baseURL: String) async throws -> FeedPage {
        try requireSomething(in: index, caller)
        let projects = try await registry.newestReleases.projects(in: index, limit: Self.length, caller: caller)
        var page = FeedPage(
            title: "Newest projects" + Self.place(index), link: Self.home(baseURL, index),
            description: "The projects that were published last" + Self.place(index))
        for project in projects {
            let link = Self.link(to: project.project, in: project.index, baseURL)
            page.items.append(
                FeedPage.Item(
                    title: "\(project.displayName) added to \(project.index)", link: link, id: link,
                    description: project.summary, author: nil, at: project.createdAt))
        }
        return page
    }

    private func updates(in index: IndexName?, caller: Caller, _ baseURL: String) async throws -> FeedPage {
        try requireSomething(in: index, caller)
        let releases = try await registry.newestReleases.releases(in: index, limit: Self.length, caller: caller)
        var page = FeedPage(
            title: "Newest releases" + Self.place(index), link: Self.home(baseURL, index),
            description: "The releases that were published last" + Self.place(index))
        for release in releases {
            let link = Self.link(to: release.project, release.version, in: release.index, baseURL)
            page.items.append(
                FeedPage.Item(
                    title: "\(release.displayName) \(release.version)", link: link, id: link,
                    description: release.summary, author: release.publisher, at: release.publishedAt))
        }
        return page
    }

    private func releases(
        of name: String, in index: IndexName, caller: Caller, _ baseURL: String
    ) async throws -> FeedPage {
        _ = try registry.permissions.requireRead(caller, in: index)
        let project = try PathNames.project(name)
        let detail = try await registry.details.detail(of: project, in: index, caller: caller)
        let listed = detail.releases.filter(\.isListed)
            .sorted { ($1.publishedAt ?? Self.never, $1.version) < ($0.publishedAt ?? Self.never, $0.version) }
        var page = FeedPage(
            title: "Releases of \(detail.displayName)", link: Self.link(to: project, in: index, baseURL),
            description: "The releases of \(detail.displayName)" + Self.place(index))
        for release in listed.prefix(Self.length) {
            let link = Self.link(to: project, release.versionText, in: index, baseURL)
            page.items.append(
                FeedPage.Item(
                    title: release.versionText, link: link, id: link,
                    description: release.version == detail.shown?.version ? detail.metadata?.summary : nil,
                    author: release.files.compactMap(\.uploader).first, at: release.publishedAt))
        }
        return page
    }

    private static let never = Timestamp(microseconds: 0)

    /// Throws what asks anonymous callers to log in if there is no index that they may read; of a named index, what
    /// `Permissions.requireRead` does.
    private func requireSomething(in index: IndexName?, _ caller: Caller) throws {
        if let index {
            _ = try registry.permissions.requireRead(caller, in: index)
        } else if !caller.isKnown, !registry.indexes.all.contains(where: { registry.permissions.maySee($0, caller) }) {
            throw RegistryError(.authenticationRequired, "You must log in to see what is new.")
        }
    }

    private static func place(_ index: IndexName?) -> String { index.map { " in the index \($0)" } ?? "" }

    private static func home(_ baseURL: String, _ index: IndexName?) -> String {
        index.map { "\(baseURL)/\($0)/" } ?? "\(baseURL)/"
    }

    /// Returns the address of a project's page for people, or of one of its releases.
    private static func link(
        to project: NormalizedName, _ version: String? = nil, in index: IndexName, _ baseURL: String
    ) -> String {
        let page = "\(baseURL)/\(index)/projects/\(project)/"
        return version.map { page + Self.encoded($0) + "/" } ?? page
    }

    /// Returns a version as a segment of a path.
    private static func encoded(_ version: String) -> String {
        version.utf8.map { byte in
            let isPlain = ASCII.isAlphanumeric(byte) || "-._~!+".utf8.contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// A feed, and how it is written (RSS 2.0).
struct FeedPage {
    struct Item {
        let title: String
        let link: String
        /// What readers know it by: an address that stays.
        let id: String
        let description: String?
        let author: String?
        let at: Timestamp?
    }

    let title: String
    let link: String
    let description: String
    var items: [Item] = []

    /// Returns the answer to a request: 304 if the client has it.
    func response(to request: Request) -> Response {
        let body = ByteBuffer(string: text)
        let tag = "\"\(SHA256Digest(hashing: body))\""
        var headers: HTTPFields = [
            .cacheControl: "private, no-cache", .vary: "Authorization, PRIVATE-TOKEN, Cookie", .eTag: tag,
        ]
        if let known = request.headers[.ifNoneMatch], EntityTag.matches(ifNoneMatch: known, tag: tag) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/rss+xml; charset=utf-8"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// The feed. It says nothing of when it was made: it is the same until something in it changes.
    private var text: String {
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <rss version="2.0">
              <channel>
                <title>\(Self.escaped(title))</title>
                <link>\(Self.escaped(link))</link>
                <description>\(Self.escaped(description))</description>
                <language>en</language>

            """
        for item in items {
            text += "    <item>\n      <title>\(Self.escaped(item.title))</title>\n"
            text += "      <link>\(Self.escaped(item.link))</link>\n"
            text += "      <guid>\(Self.escaped(item.id))</guid>\n"
            if let description = item.description {
                text += "      <description>\(Self.escaped(Self.asText(description)))</description>\n"
            }
            // `author` is an address of e-mail in RSS 2.0, which nobody knows here.
            if let author = item.author {
                text += "      <dc:creator xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\(Self.escaped(author))"
                text += "</dc:creator>\n"
            }
            if let at = item.at { text += "      <pubDate>\(at.httpDate)</pubDate>\n" }
            text += "    </item>\n"
        }
        return text + "  </channel>\n</rss>\n"
    }

    /// Returns a text as HTML, which readers take descriptions for: marks in it are none.
    private static func asText(_ text: String) -> String { escaped(text) }

    /// Returns a text with everything escaped that is markup, and without what XML 1.0 knows no way to write.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n": escaped.unicodeScalars.append(scalar)
            default:
                let isWritable =
                    scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
                    && scalar.value != 0xFFFE && scalar.value != 0xFFFF
                escaped.unicodeScalars.append(isWritable ? scalar : "\u{FFFD}")
            }
        }
        return escaped
    }
}
