import NIOCore
import PackagingStandards
import Testing

@Suite("Which HTML is a project's page")
struct SimplePageMarksTests {
    private static func read(_ html: String, of name: String = "alpha-tool") throws -> SimpleProjectPage {
        let project = try #require(NormalizedName(name))
        return try SimplePageReader(pageURL: "http://h/simple/\(name)/", maxFiles: 100, project: project)
            .html(ByteBuffer(string: html))
    }

    /// Pages without any file, as indexes and web servers write them.
    static let empty = [
        // PyPI
        """
        <!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4">
        <title>Links for alpha-tool</title></head><body><h1>Links for alpha-tool</h1></body></html>
        <!--SERIAL 12345678-->
        """,
        // devpi, which has a button on pages of mirrors
        """
        <!DOCTYPE html><html><head><title>root/pypi: links for alpha-tool</title></head><body>
        <h1>root/pypi: links for alpha-tool</h1><form action="/root/pypi/+simple/alpha-tool/refresh">
        <input name="refresh" type="submit" value="Refresh"/></form></body></html>
        """,
        // pypiserver
        "<html><head><title>Links for Alpha_Tool</title></head><body><h1>Links for Alpha_Tool</h1></body></html>",
        // Artifactory
        """
        <!DOCTYPE html><html><head><title>Simple Index</title><meta name="api-version" value="2" /></head>
        <body></body></html>
        """,
        // Nexus
        """
        <html lang="en"><head><title>Links for alpha-tool</title><meta name="api-version" value="2"/></head>
        <body><h1>Links for alpha-tool</h1></body></html>
        """,
        // GitLab
        "<!DOCTYPE html><html><head><title>Links for alpha.tool</title></head><body><h1>Links for alpha.tool</h1></body></html>",
        // python -m http.server
        """
        <!DOCTYPE HTML><html lang="en"><head><meta charset="utf-8">
        <title>Directory listing for /simple/alpha-tool/</title></head><body>
        <h1>Directory listing for /simple/alpha-tool/</h1><hr><ul></ul><hr></body></html>
        """,
        // nginx, Apache
        """
        <html><head><title>Index of /simple/alpha-tool/</title></head><body>
        <h1>Index of /simple/alpha-tool/</h1><hr><pre><a href="../">../</a></pre><hr></body></html>
        """,
        // Static generators
        "<!DOCTYPE html><html><head></head><body></body></html>", "<html></html>",
        "<!DOCTYPE html><html><body>\n<a href='../'>..</a>\n</body></html>",
        "<!DOCTYPE html><title>alpha-tool</title><h1>alpha-tool</h1>",
        "<meta name='pypi:project-status' content='quarantined'><p>This project has been quarantined.</p>",
    ]

    @Test("Pages that real servers write for a project without files are taken", arguments: empty)
    func genuine(_ html: String) throws {
        #expect(try Self.read(html).files.isEmpty)
    }

    @Test(
        "A file of the project is sign enough, whatever else the page has",
        arguments: [
            "alpha_tool-1.0-py3-none-any.whl", "Alpha.Tool-1.0.tar.gz", "ALPHA__TOOL-1.0.exe", "alpha-tool-1.0.egg",
        ])
    func files(_ filename: String) throws {
        let html = "<title>Welcome</title><form></form><p>Hello <a href='f/\(filename)'>\(filename)</a>"
        #expect(try Self.read(html).files.map(\.filename) == [filename])
    }

    static let others = [
        "<html><head><title>Sign in</title></head><body><form action='/login'><input type=password></form></body></html>",
        "<title>Links for alpha-tool</title><form><input name=p type='PASSWORD'></form>",
        "<html><body><h1>Access denied</h1><p>The site http://h/simple/alpha-tool/ is blocked by policy.</p></body></html>",
        "<title>Blocked: http://h/simple/alpha-tool/</title>",
        "<html><head><title>Sign in to alpha-tool</title></head><body></body></html>",
        "<html><body>Maintenance until 8 o'clock.</body></html>",
        "<p>Install <a href='/agent-1.0.zip'>our agent</a> or <a href='/ca.msi'>our certificate</a> to go on.</p>",
        "<title>Links for other</title><a href='other-1.0.tar.gz'>other-1.0.tar.gz</a>",
        "<!DOCTYPE html><html><body><div id=root></div><script src=/app.js></script></body></html>",
        "<html><head><meta http-equiv='Refresh' content='0; url=/login'></head></html>",
        "<html><body><img src=/logo.png></body></html>", "<a href='/login'>Sign in</a>",
        "<html><head><title>404 Not Found</title></head><body></body></html>",
        "<title>Redirecting</title>", "<iframe src='/portal'></iframe>",
    ]

    @Test("Forms to sign in, notices, errors and applications are not", arguments: others)
    func foreign(_ html: String) {
        let error = #expect(throws: SimplePageError.self) { try Self.read(html) }
        #expect(error?.reason.contains("not a project's page") == true)
    }

    @Test("Without a project any list of links is a page")
    func anyProject() throws {
        let page = try SimplePageReader(pageURL: "http://h/simple/alpha/", maxFiles: 10)
            .html(ByteBuffer(string: "<p>Hello</p><a href='other-1.0.tar.gz'>other-1.0.tar.gz</a>"))
        #expect(page.files.count == 1)
    }
}
