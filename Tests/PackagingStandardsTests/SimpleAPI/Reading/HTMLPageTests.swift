import NIOCore
import PackagingStandards
import Testing

@Suite("Reading pages in HTML")
struct HTMLPageTests {
    private let digest = String(repeating: "ab", count: 32)
    private let metadataDigest = String(repeating: "cd", count: 32)

    private func read(
        _ html: String, url: String = "https://index.example/simple/foo/", maxFiles: Int = 100
    ) throws(SimplePageError) -> SimpleProjectPage {
        try SimplePageReader(pageURL: url, maxFiles: maxFiles).html(ByteBuffer(string: html))
    }

    private func file(_ anchor: String) throws -> SimpleFile {
        try #require(try read("<html><body>\(anchor)</body></html>").files.first)
    }

    private func refusal(_ html: String) -> String {
        do throws(SimplePageError) {
            return "read: \(try read(html).files.map(\.filename))"
        } catch {
            return error.reason
        }
    }

    @Test("PyPI's page gives all that it says")
    func pypi() throws {
        let page = try read(
            """
            <!DOCTYPE html>
            <html>
              <head>
                <meta name="pypi:repository-version" content="1.4">
                <meta name="pypi:project-status" content="archived">
                <meta name="pypi:project-status-reason" content="moved to &quot;bar&quot;">
                <title>Links for foo</title>
              </head>
              <body>
                <h1>Links for foo</h1>
            <a href="https://files.example/packages/aa/foo-1.0-py3-none-any.whl#sha256=\(digest)" \
            data-requires-python="&gt;=3.8, &lt;4" data-dist-info-metadata="sha256=\(metadataDigest)" \
            data-core-metadata="sha256=\(metadataDigest)" \
            data-provenance="https://pypi.example/integrity/foo/1.0/provenance" \
            data-upload-time="2024-02-29T12:34:56.000001Z" >foo-1.0-py3-none-any.whl</a><br />
            <a href="https://files.example/packages/bb/foo-1.0.tar.gz#sha256=\(digest)" data-yanked="broken &amp; bad">\
            foo-1.0.tar.gz</a><br />
              </body>
            </html>
            <!--SERIAL 12345-->
            """)
        #expect(page.name == "foo")
        #expect(page.status == .archived)
        #expect(page.statusReason == "moved to \"bar\"")
        #expect(page.lastSerial == 12345)
        #expect(page.versions.isEmpty)
        let wheel = SimpleFile(
            filename: "foo-1.0-py3-none-any.whl", url: "https://files.example/packages/aa/foo-1.0-py3-none-any.whl",
            sha256: digest, requiresPython: ">=3.8, <4", size: nil,
            uploadTime: Timestamp(microseconds: 1_709_210_096_000_001), coreMetadata: .sha256(metadataDigest),
            provenance: "https://pypi.example/integrity/foo/1.0/provenance")
        let source = SimpleFile(
            filename: "foo-1.0.tar.gz", url: "https://files.example/packages/bb/foo-1.0.tar.gz", sha256: digest,
            size: nil, uploadTime: nil, yanked: .yes(reason: "broken & bad"))
        #expect(page.files == [wheel, source])
    }

    static let listings: [(server: String, url: String, html: String, expected: String)] = [
        (
            "python -m http.server", "http://127.0.0.1:8000/simple/foo/",
            """
            <!DOCTYPE HTML>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>Directory listing for /simple/foo/</title>
            </head>
            <body>
            <h1>Directory listing for /simple/foo/</h1>
            <hr>
            <ul>
            <li><a href="foo-1.0%2Blocal-py3-none-any.whl">foo-1.0+local-py3-none-any.whl</a></li>
            <li><a href="foo-1.0%2Blocal-py3-none-any.whl.metadata">foo-1.0+local-py3-none-any.whl.metadata</a></li>
            <li><a href="older/">older/</a></li>
            </ul>
            <hr>
            </body>
            </html>
            """, "http://127.0.0.1:8000/simple/foo/foo-1.0%2Blocal-py3-none-any.whl"
        ),
        (
            "Apache, which cuts long names", "https://h.example/simple/foo/",
            """
            <html><body><pre><a href="?C=N;O=D">Name</a>  <a href="?C=M;O=A">Last modified</a><hr>
            <a href="/simple/">Parent Directory</a>                    -
            <a href="foo-1.0-py3-none-any.whl">foo-1.0-py3-none-a..&gt;</a> 2024-01-01 10:00  1.2K
            </pre></body></html>
            """, "https://h.example/simple/foo/foo-1.0-py3-none-any.whl"
        ),
        (
            "nginx", "https://h.example/simple/foo",
            "<html>\r\n<head><title>Index of /</title></head>\r\n<body>\r\n<h1>Index of /</h1><hr><pre>"
                + "<a href=\"../\">../</a>\r\n<a href=\"/f/foo-1.0.tar.gz\">foo-1.0.tar.gz</a>  01-Jan-2024 1234\r\n",
            "https://h.example/f/foo-1.0.tar.gz"
        ),
        (
            "devpi", "http://devpi.example/root/dev/+simple/foo/",
            """
            <!DOCTYPE html>
            <html lang="en"><head><title>root/dev: links for foo</title></head><body><h1>root/dev: links for foo</h1>
            <a href="../../+f/1b2/c3d4e5f60718a/foo-1.0.tar.gz#sha256=\(String(repeating: "1", count: 64))" \
            data-requires-python="&gt;=3.6">foo-1.0.tar.gz</a><br/>
            </body></html>
            """, "http://devpi.example/root/dev/+f/1b2/c3d4e5f60718a/foo-1.0.tar.gz"
        ),
        (
            "Artifactory", "https://art.example/artifactory/api/pypi/pypi-local/simple/foo/",
            """
            <!DOCTYPE html>
            <html><head><title>Simple Index</title><meta name="api-version" value="2"/></head><body>
            <a data-requires-python="&gt;=3.7" href="../../packages/packages/aa/bb/foo-1.0.zip#sha256=\
            \(String(repeating: "2", count: 64))" rel="internal">foo-1.0.zip</a><br/>
            </body></html>
            """, "https://art.example/artifactory/api/pypi/pypi-local/packages/packages/aa/bb/foo-1.0.zip"
        ),
        (
            "Nexus", "https://nexus.example/repository/pypi/simple/foo/",
            """
            <html lang="en">
            <head><title>Links for foo</title>
                <meta name="api-version" value="2"/>
            </head>
            <body><h1>Links for foo</h1>
                        <a href="../../packages/foo/1.0/foo-1.0.tar.gz#md5=\(String(repeating: "3", count: 32))" \
            rel="internal" data-requires-python="" >
                          foo-1.0.tar.gz
                        </a>
                        <br/>
            </body>
            </html>
            """, "https://nexus.example/repository/pypi/packages/foo/1.0/foo-1.0.tar.gz"
        ),
        (
            "GitLab", "https://gitlab.example/api/v4/projects/1/packages/pypi/simple/foo",
            """
            <!DOCTYPE html>
            <html>
              <head>
                <title>Links for foo</title>
              </head>
              <body>
                <h1>Links for foo</h1>
                <a href="https://gitlab.example/api/v4/projects/1/packages/pypi/files/\
            \(String(repeating: "4", count: 64))/foo-1.0.tar.gz#sha256=\(String(repeating: "4", count: 64))" \
            data-requires-python="">foo-1.0.tar.gz</a><br>
              </body>
            </html>
            """,
            "https://gitlab.example/api/v4/projects/1/packages/pypi/files/\(String(repeating: "4", count: 64))/foo-1.0.tar.gz"
        ),
        (
            "a page by hand", "HTTPS://User:pass@H.Example:8443/x/simple/foo/index.html",
            """
            <HTML><HEAD><BASE HREF='/files/./a/../b/'></HEAD><BODY>
            <!-- <a href="no-1.0.tar.gz">no-1.0.tar.gz</a> --><script>"<a href='no-2.0.zip'>no-2.0.zip</a>"</script>
            <A
               CLASS=x
               HREF = foo-1.0.tar.gz?a=1&amp;b=2
               DATA-YANKED
            ><b>foo</b>-1.0<!-- here -->.tar.gz
            </A>
            """, "https://h.example:8443/files/b/foo-1.0.tar.gz?a=1&b=2"
        ),
    ]

    @Test("Listings of all kinds of servers are read", arguments: listings)
    func servers(server: String, url: String, html: String, expected: String) throws {
        let files = try read(html, url: url).files
        #expect(files.map(\.url) == [expected])
        #expect(files.allSatisfy { $0.filename.hasPrefix("foo-1.0") && $0.requiresPython?.isEmpty != true })
    }

    @Test("A base behind links holds for them too, and only the first one counts")
    func lateBase() throws {
        let page = try read(
            "<a href='foo-1.zip'>foo-1.zip</a><base href='http://a.example/b/c'><base href='http://no.example/'>"
                + "<a href='../foo-2.zip'>foo-2.zip</a>")
        #expect(page.files.map(\.url) == ["http://a.example/b/foo-1.zip", "http://a.example/foo-2.zip"])
    }

    @Test("Yanks, metadata and digests are read as their PEPs say")
    func attributes() throws {
        #expect(try file("<a href=a-1.zip data-yanked>a-1.zip</a>").yanked == .yes(reason: nil))
        #expect(try file("<a href=a-1.zip data-yanked=''>a-1.zip</a>").yanked == .yes(reason: nil))
        #expect(try file("<a href=a-1.zip data-yanked=x data-yanked=y>a-1.zip</a>").yanked == .yes(reason: "x"))
        #expect(try file("<a href=a-1.zip data-core-metadata=true>a-1.zip</a>").coreMetadata == .unhashed)
        #expect(try file("<a href=a-1.zip data-core-metadata=false>a-1.zip</a>").coreMetadata == .none)
        #expect(try file("<a href=a-1.zip data-dist-info-metadata='md5=00'>a-1.zip</a>").coreMetadata == .unhashed)
        let both = "data-dist-info-metadata=true data-core-metadata='sha256=\(digest.uppercased())'"
        #expect(try file("<a href=a-1.zip \(both)>a-1.zip</a>").coreMetadata == .sha256(digest))
        let md5 = String(repeating: "0F", count: 16)
        let hashed = try file("<a href='a-1.zip#egg=a&amp;md5=\(md5)&sha256=\(digest.uppercased())'>a-1.zip</a>")
        #expect(hashed.sha256 == digest)
        #expect(hashed.otherDigests == [.init(algorithm: "md5", hex: md5.lowercased())])
        #expect(hashed.url == "https://index.example/simple/foo/a-1.zip")
        #expect(try file("<a href=a-1.zip data-upload-time=yesterday>a-1.zip</a>").uploadTime == nil)
    }

    @Test("References to characters are decoded, and what only looks like one is not")
    func entities() throws {
        let cases = [
            ("&gt;=3.8&#44;&#x21;=3.9&#X2e;1", ">=3.8,!=3.9.1"), ("&gt=3", "&gt=3"), ("&gt 3", "> 3"),
            ("&foo;", "&foo;"),
            ("&#0;&#xD800;&#99999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}"), ("&", "&"), ("&#;&#x;", "&#;&#x;"),
            ("é&#233;", "éé"), ("&amp;gt;", "&gt;"), ("&quot;&apos;&#39;", "\"''"),
        ]
        for (raw, expected) in cases {
            #expect(try file("<a href=a-1.zip data-requires-python=\"\(raw)\">a-1.zip</a>").requiresPython == expected)
        }
    }

    @Test("The first of two files with one name is taken, and links that name no file are left out")
    func names() throws {
        let page = try read(
            """
            <a href="https://a.example/foo-1.zip">foo-1.zip</a><a href="https://b.example/foo-1.zip">foo-1.zip</a>
            <a href="javascript:history.back()">Back</a> <a href="mailto:a@b.example">write</a> <a name=top>foo-0.zip</a>
            <a href="#top">foo-2.zip</a> <a href="">foo-3.zip</a> <a href="https://a.example/%2e%2e%2ffoo-4.zip">x</a>
            <a href="https://a.example/foo-5.zip">the fifth
            """)
        #expect(page.files.map(\.url) == ["https://a.example/foo-1.zip", "https://a.example/foo-5.zip"])
    }

    static let refused: [(html: String, reason: String)] = [
        ("<base href='ftp://x/'>", "the page's base address is not an http or https address"),
        (
            "<meta name='pypi:repository-version' content='2.0'>",
            "the page is of version '2.0' of the simple API; versions 1.x are understood"
        ),
        ("Hello", "the page is not HTML"), ("", "the page is not HTML"),
        ("<html><a href='foo-1.zip", "the page is cut short: it ends inside a tag or comment"),
        ("<html><!-- <a href='foo-1.zip'>x</a>", "the page is cut short: it ends inside a tag or comment"),
        (
            "<html><form action='/login'><input type=password></form>",
            "the page has a form and no files: it is not a project's page, but perhaps a form to sign in"
        ),
        ("<html>\0", "the page has NUL bytes in it"), ("<html>é\0", "the page has NUL bytes in it"),
    ]

    @Test("Broken and hostile pages are refused, with the reason", arguments: refused)
    func refusals(html: String, reason: String) {
        #expect(refusal(html) == reason)
    }

    static let bad: [(html: String, fault: String)] = [
        ("<a href='javascript:alert(1)'>foo-1.zip</a>", "the link of 'foo-1.zip' is not an http or https address"),
        ("<a href='file:///etc/foo-1.zip'>x</a>", "the link of 'foo-1.zip' is not an http or https address"),
        ("<a href='data:,x'>foo-1.zip</a>", "the link of 'foo-1.zip' is not an http or https address"),
        ("<a href='ftp://h/foo-1.zip'>x</a>", "the link of 'foo-1.zip' is not an http or https address"),
        ("<a href='https:foo-1.zip'>foo-1.zip</a>", "the link of 'foo-1.zip' has no valid host"),
        ("<a href='https:///foo-1.zip'>x</a>", "the link of 'foo-1.zip' has no valid host"),
        ("<a href='//h:99999/foo-1.zip'>x</a>", "the link of 'foo-1.zip' has no valid host"),
        ("<a href='//h h/foo-1.zip'>x</a>", "the link of 'foo-1.zip' has no valid host"),
        ("<a href='//me:secret@h/foo-1.zip'>x</a>", "the link of 'foo-1.zip' has a user name or password in it"),
        ("<a href='https://me@h/foo-1.zip'>x</a>", "the link of 'foo-1.zip' has a user name or password in it"),
        ("<a href='a&#1;/foo-1.zip'>x</a>", "the link of 'foo-1.zip' has control characters in it"),
        ("<a href='foo-1.zip#sha256=abc'>x</a>", "the SHA-256 of 'foo-1.zip' is not 64 hexadecimal digits"),
        ("<a href='foo-1.zip#md5=abc'>x</a>", "the md5 digest of 'foo-1.zip' is not 32 hexadecimal digits"),
        (
            "<a href='foo-1.zip' data-core-metadata='sha256=zz'>x</a>",
            "the metadata's SHA-256 of 'foo-1.zip' is not 64 hexadecimal digits"
        ),
        (
            "<a href='foo-1.zip' data-provenance='ftp://x/'>x</a>",
            "the provenance of 'foo-1.zip' is not an http or https address"
        ),
    ]

    @Test("One bad link does not cost the page, and is noted without its secrets", arguments: bad)
    func badLinks(html: String, fault: String) throws {
        let page = try read("<a href=foo-0.zip>x</a>\(html)<a href=foo-2.zip>x</a>")
        #expect(page.files.map(\.filename).filter { $0 != "foo-1.zip" } == ["foo-0.zip", "foo-2.zip"])
        #expect(page.faults.examples == [fault])
        #expect(!fault.contains("secret"))
    }

    @Test("A digest is one however its address writes it")
    func encodedDigests() throws {
        let cases = [
            "#sha256%3D\(digest)", "#sha256%3d\(digest)", "#%73ha256=\(digest)", "#sha256=\(digest.uppercased())",
            "#sha256&#61;\(digest)", "#sha256&#x3D;\(digest)", "#egg%3Dfoo%26sha256%3D\(digest)",
            "#sha256%3D\(digest)%26egg%3Dfoo", "#egg=foo&amp;sha256%3D\(digest)", "#sha256= \(digest) ",
        ]
        for fragment in cases {
            let file = try file("<a href='https://h.example/a-1.zip\(fragment)'>a-1.zip</a>")
            #expect(file.sha256 == digest, "\(fragment)")
            #expect(file.url == "https://h.example/a-1.zip")
        }
        let page = try read("<a href='a-1.zip#sha256%3Dabc'>a-1.zip</a><a href='a-2.zip#sha256='>a-2.zip</a>")
        #expect(page.files.map(\.filename) == ["a-2.zip"], "changed digits are no missing ones")
    }

    @Test("A query stays part of a file's address")
    func queries() throws {
        let file = try file("<a href='dl/a-1.zip?sig=x%3Dy&amp;b=2#sha256=\(digest)'>a-1.zip</a>")
        #expect(file.url == "https://index.example/simple/foo/dl/a-1.zip?sig=x%3Dy&b=2")
        #expect(file.sha256 == digest)
    }

    @Test("Bytes that are not UTF-8 cost no file, and neither does a byte order mark")
    func encoding() throws {
        let reader = SimplePageReader(pageURL: "http://h/simple/foo/", maxFiles: 5)
        let latin = Array("<a href=foo-1.zip data-yanked='caf".utf8) + [0xE9] + Array("'>x</a>".utf8)
        let page = try reader.html(ByteBuffer(bytes: latin))
        #expect(page.files.map(\.yanked) == [.yes(reason: "caf\u{FFFD}")])
        #expect(page.faults.examples == ["the page is not UTF-8"])
        #expect(throws: SimplePageError.self) { try reader.json(ByteBuffer(bytes: latin)) }
        let marked = ByteBuffer(bytes: [0xEF, 0xBB, 0xBF] + Array("<a href=foo-1.zip>x</a>".utf8))
        #expect(try reader.html(marked).files.map(\.url) == ["http://h/simple/foo/foo-1.zip"])
    }

    @Test("A page lists as many files as it may, and no more")
    func limit() throws {
        let links = (0..<5).map { "<a href=foo-\($0).zip>x</a>" }.joined()
        #expect(try read(links, maxFiles: 5).files.count == 5)
        #expect(throws: SimplePageError.self) { try read(links, maxFiles: 4) }
    }

    @Test("A page's own address must be one")
    func ownAddress() {
        for url in ["", "simple/foo/", "ftp://h/simple/foo/", "https://", "https://h:x/"] {
            #expect(throws: SimplePageError.self, "\(url)") { try read("<p>", url: url) }
        }
    }
}
