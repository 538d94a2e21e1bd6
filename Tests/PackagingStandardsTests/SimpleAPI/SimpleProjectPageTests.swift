import Foundation
import NIOCore
import PackagingStandards
import Testing

@Suite struct SimpleProjectPageTests {
    private let digest = String(repeating: "ab", count: 32)
    private let metadataDigest = String(repeating: "cd", count: 32)

    private func page(_ files: [SimpleFile], status: ProjectStatus = .active, reason: String? = nil)
        -> SimpleProjectPage
    {
        SimpleProjectPage(
            name: "foo-bar", files: files, versions: ["1.0", "2.0rc1"], status: status, statusReason: reason,
            lastSerial: 42)
    }

    private func file(_ change: (inout SimpleFile) -> Void = { _ in }) -> SimpleFile {
        var file = SimpleFile(
            filename: "foo_bar-1.0-py3-none-any.whl", url: "../../files/\(digest)/foo_bar-1.0-py3-none-any.whl",
            sha256: digest, requiresPython: ">=3.8,<4", size: 12345,
            uploadTime: Timestamp(microseconds: 1_709_210_096_000_001), coreMetadata: .sha256(metadataDigest),
            provenance: "https://pypi.example/integrity/foo-bar/1.0/foo_bar-1.0-py3-none-any.whl/provenance")
        change(&file)
        return file
    }

    private func json(_ page: SimpleProjectPage) throws -> [String: Any] {
        var buffer = ByteBuffer()
        page.writeJSON(into: &buffer)
        return try #require(try JSONSerialization.jsonObject(with: Data(buffer.readableBytesView)) as? [String: Any])
    }

    private func jsonFile(_ file: SimpleFile) throws -> [String: Any] {
        let files = try #require(try json(page([file]))["files"] as? [[String: Any]])
        return try #require(files.first)
    }

    private func html(_ page: SimpleProjectPage) -> String {
        var buffer = ByteBuffer()
        page.writeHTML(into: &buffer)
        return String(buffer: buffer)
    }

    private func anchor(_ file: SimpleFile) throws -> String {
        let lines = html(page([file])).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        return try #require(lines.first { $0.hasPrefix("<a ") })
    }

    @Test("The JSON page is exactly this")
    func wholeJSON() {
        var buffer = ByteBuffer()
        page([file()], status: .archived, reason: "no more").writeJSON(into: &buffer)
        #expect(
            String(buffer: buffer) == """
                {"meta":{"api-version":"1.4","_last-serial":42},"name":"foo-bar",\
                "project-status":{"status":"archived","reason":"no more"},"versions":["1.0","2.0rc1"],\
                "files":[{"filename":"foo_bar-1.0-py3-none-any.whl",\
                "url":"../../files/\(digest)/foo_bar-1.0-py3-none-any.whl","hashes":{"sha256":"\(digest)"},\
                "requires-python":">=3.8,<4","size":12345,"upload-time":"2024-02-29T12:34:56.000001Z","yanked":false,\
                "core-metadata":{"sha256":"\(metadataDigest)"},\
                "provenance":"https://pypi.example/integrity/foo-bar/1.0/foo_bar-1.0-py3-none-any.whl/provenance"}]}
                """)
    }

    @Test("A page without files is a page")
    func empty() throws {
        let object = try json(SimpleProjectPage(name: "foo", files: [], versions: [], lastSerial: 0))
        #expect((object["files"] as? [Any])?.isEmpty == true)
        #expect((object["versions"] as? [Any])?.isEmpty == true)
        #expect(object["project-status"] as? [String: String] == ["status": "active"])
    }

    @Test("A page states 1.4 only if it has the size of every file, which PEP 700 promises, or no files")
    func apiVersion() throws {
        func stated(_ files: [SimpleFile]) throws -> [String?] {
            let meta = try #require(try json(page(files))["meta"] as? [String: Any])
            let html = html(page(files))
            let inHTML = ["1.0", "1.4"].first { html.contains("\"pypi:repository-version\" content=\"\($0)\"") }
            return [meta["api-version"] as? String, inHTML]
        }
        #expect(try stated([]) == ["1.4", "1.4"])
        #expect(try stated([file()]) == ["1.4", "1.4"])
        #expect(try stated([file(), file { $0.size = nil }, file()]) == ["1.0", "1.0"])
        #expect(try stated([file { $0.uploadTime = nil }]) == ["1.4", "1.4"])
    }

    @Test("What a file doesn't have is left out of JSON, but for the metadata and the yank, which are denied")
    func absent() throws {
        let object = try jsonFile(SimpleFile(filename: "a", url: "b", sha256: nil, size: nil, uploadTime: nil))
        #expect(
            Set(object.keys) == ["filename", "url", "hashes", "yanked", "core-metadata"])
        #expect((object["hashes"] as? [String: String])?.isEmpty == true)
        #expect(object["yanked"] as? Bool == false)
        #expect(object["core-metadata"] as? Bool == false)
    }

    @Test("A yank is true without a reason, else the reason (PEP 592, 691)")
    func yankedJSON() throws {
        #expect(try jsonFile(file { $0.yanked = .yes(reason: nil) })["yanked"] as? Bool == true)
        #expect(try jsonFile(file { $0.yanked = .yes(reason: "") })["yanked"] as? Bool == true)
        #expect(try jsonFile(file { $0.yanked = .yes(reason: "bad \"x\"\n") })["yanked"] as? String == "bad \"x\"\n")
    }

    @Test("Other digests and unhashed metadata appear")
    func otherDigests() throws {
        let object = try jsonFile(
            file {
                $0.otherDigests = [.init(algorithm: "md5", hex: "00ff")]
                $0.coreMetadata = .unhashed
            })
        #expect(object["hashes"] as? [String: String] == ["sha256": digest, "md5": "00ff"])
        #expect(object["core-metadata"] as? Bool == true)
    }

    @Test("The HTML page is exactly this")
    func wholeHTML() {
        #expect(
            html(page([file()], status: .deprecated, reason: "use <baz> & \"qux\"")) == """
                <!DOCTYPE html>
                <html>
                  <head>
                    <meta charset="utf-8">
                    <meta name="pypi:repository-version" content="1.4">
                    <meta name="pypi:project-status" content="deprecated">
                    <meta name="pypi:project-status-reason" content="use &lt;baz&gt; &amp; &quot;qux&quot;">
                    <title>Links for foo-bar</title>
                  </head>
                  <body>
                    <h1>Links for foo-bar</h1>
                    <a href="../../files/\(digest)/foo_bar-1.0-py3-none-any.whl#sha256=\(digest)" \
                data-requires-python="&gt;=3.8,&lt;4" data-core-metadata="sha256=\(metadataDigest)" \
                data-dist-info-metadata="sha256=\(metadataDigest)" \
                data-provenance="https://pypi.example/integrity/foo-bar/1.0/foo_bar-1.0-py3-none-any.whl/provenance">\
                foo_bar-1.0-py3-none-any.whl</a><br>
                  </body>
                </html>
                <!--SERIAL 42-->

                """)
    }

    @Test("An anchor carries only what there is")
    func plainAnchor() throws {
        let plain = SimpleFile(filename: "a-1.zip", url: "u/a-1.zip", sha256: nil, size: nil, uploadTime: nil)
        #expect(try anchor(plain) == "<a href=\"u/a-1.zip\">a-1.zip</a><br>")
        var hashed = plain
        hashed.otherDigests = [.init(algorithm: "md5", hex: "00ff")]
        hashed.coreMetadata = .unhashed
        #expect(
            try anchor(hashed)
                == "<a href=\"u/a-1.zip#md5=00ff\" data-core-metadata=\"true\" data-dist-info-metadata=\"true\">a-1.zip</a><br>"
        )
    }

    @Test("A yank's reason stands in its attribute, and can't leave it")
    func yankedHTML() throws {
        #expect(try anchor(file { $0.yanked = .yes(reason: nil) }).contains(" data-yanked=\"\""))
        let hostile = try anchor(file { $0.yanked = .yes(reason: "\"><script>'x'&\u{1}\n\r\t") })
        #expect(
            hostile.contains(
                " data-yanked=\"&quot;&gt;&lt;script&gt;&#39;x&#39;&amp;\u{FFFD}&#10;&#13;&#9;\""))
        #expect(!hostile.contains("<script"))
    }

    @Test("HTML escapes at every place of a word")
    func htmlEscapes() throws {
        for position in 0..<17 {
            var name = Array("abcdefghijklmnop")
            name.insert("<", at: position)
            let text = try anchor(file { $0.filename = String(name) })
            #expect(text.contains(">" + String(name).replacingOccurrences(of: "<", with: "&lt;") + "</a>"))
        }
    }

    @Test(
        "A file whose every text needs escaping everywhere has room for it, in both forms", arguments: [0, 1, 7, 300])
    func roomForEscapes(length: Int) throws {
        for character in ["\u{1}", "\"", "&", "a", "é"] {
            let text = String(repeating: character, count: length)
            let hostile = SimpleFile(
                filename: text, url: text, sha256: text, otherDigests: [.init(algorithm: text + "x", hex: text)],
                requiresPython: text, size: .min, uploadTime: Timestamp(microseconds: .max), yanked: .yes(reason: text),
                coreMetadata: .sha256(text), provenance: text)
            let object = try jsonFile(hostile)
            for key in ["filename", "url", "requires-python", "provenance"] { #expect(object[key] as? String == text) }
            #expect(object["hashes"] as? [String: String] == ["sha256": text, text + "x": text])
            #expect(object["core-metadata"] as? [String: String] == ["sha256": text])
            let anchor = html(page([hostile]))
            #expect(anchor.contains("</a><br>\n  </body>"))
        }
    }

    @Test("A held file gives the same bytes as the same file in texts, in both forms")
    func heldFiles() throws {
        let sha256 = try #require(SHA256Digest(hex: digest))
        let metadata = try #require(SHA256Digest(hex: metadataDigest))
        let moment = Timestamp(microseconds: 1_709_210_096_000_001)
        let name = "foo_bar-1.0+a!b-py3-none-any.whl"
        for yanked in [SimpleFile.Yanked.no, .yes(reason: nil), .yes(reason: "bad \"<x>\"\n")] {
            for metadataDigest in [nil, metadata] {
                for requiresPython in [nil, ">=3.8,<4", "\u{1}\"&é"] {
                    let hasProvenance = requiresPython == nil
                    let held = HeldFile(
                        filename: name, version: "1.0", sha256: sha256, size: 12345, metadataDigest: metadataDigest,
                        requiresPython: requiresPython, uploadTime: moment, yanked: yanked,
                        hasProvenance: hasProvenance)
                    let told = SimpleFile(
                        filename: name, url: "../../files/\(digest)/\(name)", sha256: digest,
                        requiresPython: requiresPython, size: 12345, uploadTime: moment, yanked: yanked,
                        coreMetadata: metadataDigest.map { .sha256($0.description) } ?? .none,
                        provenance: hasProvenance ? "../../integrity/foo/1.0/\(name)/provenance" : nil)
                    let other = file()
                    let one = SimpleProjectPage(
                        name: "foo", heldFiles: [held, held], heldFilesAddress: "../../files/",
                        heldProvenanceAddress: "../../integrity/foo/", files: [other], versions: ["1.0"], lastSerial: 1)
                    let same = SimpleProjectPage(
                        name: "foo", files: [told, told, other], versions: ["1.0"], lastSerial: 1)
                    #expect(html(one) == html(same))
                    var bytes = (ByteBuffer(), ByteBuffer())
                    one.writeJSON(into: &bytes.0)
                    same.writeJSON(into: &bytes.1)
                    #expect(String(buffer: bytes.0) == String(buffer: bytes.1))
                }
            }
        }
    }

    @Test("A held file has room for itself, however long its texts are")
    func roomForHeldFiles() throws {
        let sha256 = try #require(SHA256Digest(hex: digest))
        for character in ["\u{1}", "\"", "&", "a", "é"] {
            for length in [0, 1, 7, 300] {
                let text = String(repeating: character, count: length)
                let held = HeldFile(
                    filename: text, version: "1", sha256: sha256, size: .min, metadataDigest: sha256,
                    requiresPython: text, uploadTime: Timestamp(microseconds: .max), yanked: .yes(reason: text),
                    hasProvenance: true)
                let page = SimpleProjectPage(
                    name: "foo", heldFiles: [held], heldFilesAddress: text, heldProvenanceAddress: text, versions: [],
                    lastSerial: 1)
                let files = try #require(try json(page)["files"] as? [[String: Any]])
                #expect(files.first?["url"] as? String == text + digest + "/" + text)
                #expect(html(page).contains("</a><br>\n  </body>"))
            }
        }
    }

    @Test(
        "The address of a file's provenance is percent-encoded",
        arguments: [
            ("a-1.whl", "1!1.0+x", "i/1!1.0+x/a-1.whl/provenance"), ("a b.whl", "1/2", "i/1%2F2/a%20b.whl/provenance"),
            ("ä.whl", "%\u{1}", "i/%25%01/%C3%A4.whl/provenance"),
        ])
    func provenanceLink(filename: String, version: String, address: String) {
        #expect(ProvenanceLink.to(filename, version: version, in: "i/") == address)
    }

    @Test("Projects may be published to and downloaded from as PEP 792 says")
    func statuses() {
        #expect(ProjectStatus.allCases.filter(\.allowsUploads) == [.active, .deprecated])
        #expect(ProjectStatus.allCases.filter(\.allowsDownloads) == [.active, .archived, .deprecated])
    }
}
