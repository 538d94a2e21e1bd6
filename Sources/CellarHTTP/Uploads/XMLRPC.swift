import HTTPTypes
import Hummingbird
import NIOCore

/// PyPI's former XML-RPC API, which `pip search` and mirrors call at the address of an index.
///
/// Calls are refused in XML-RPC: an answer meant for uploads would make clients ask for a password.
enum XMLRPC {
    /// Returns whether a POST is a call, by the media type of its body.
    static func isCall(_ headers: HTTPFields) -> Bool {
        let type = headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        return type.map { ["text/xml", "application/xml"].contains($0.filter { $0 != " " }) } ?? false
    }

    /// A fault, the same for every call at every address.
    static var refusal: Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/xml; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: fault)))
    }

    /// `-32601` says that there is no such method.
    private static let fault = """
        <?xml version="1.0"?>
        <methodResponse><fault><value><struct>
        <member><name>faultCode</name><value><int>-32601</int></value></member>
        <member><name>faultString</name><value><string>This index has no XML-RPC API. Search with \
        GET /api/v1/indexes/INDEX/projects?q=TEXT, and mirror by the simple API (bandersnatch: api-method = simple).\
        </string></value></member>
        </struct></value></fault></methodResponse>

        """
}
