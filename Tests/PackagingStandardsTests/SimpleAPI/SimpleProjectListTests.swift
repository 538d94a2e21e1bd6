import Foundation
import NIOCore
import PackagingStandards
import Testing

@Suite struct SimpleProjectListTests {
    private let list = SimpleProjectList(
        projects: [.init(name: "alpha"), .init(name: "beta-2", lastSerial: 7)], lastSerial: 9)

    @Test("The JSON list is exactly this")
    func json() throws {
        var buffer = ByteBuffer()
        list.writeJSON(into: &buffer)
        #expect(
            String(buffer: buffer) == """
                {"meta":{"api-version":"1.4","_last-serial":9},\
                "projects":[{"name":"alpha"},{"name":"beta-2","_last-serial":7}]}
                """)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(buffer.readableBytesView)) }
    }

    @Test("The HTML list is exactly this")
    func html() {
        var buffer = ByteBuffer()
        list.writeHTML(into: &buffer)
        #expect(
            String(buffer: buffer) == """
                <!DOCTYPE html>
                <html>
                  <head>
                    <meta charset="utf-8">
                    <meta name="pypi:repository-version" content="1.4">
                    <title>Simple index</title>
                  </head>
                  <body>
                    <a href="alpha/">alpha</a><br>
                    <a href="beta-2/">beta-2</a><br>
                  </body>
                </html>
                <!--SERIAL 9-->

                """)
    }
}
